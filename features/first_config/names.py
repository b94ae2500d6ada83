"""The names that other systems give to our columns, by role and language; the one place for all of them.

Names are written as ``plain`` makes them: lower case, without accents, blanks and signs. A role has groups of names,
the most telling first: a column of an earlier group is taken before one of a later group.
"""

from features.first_config.words import of_words

Names = dict[str, str]  # language → names, between blanks

# user_id: a person's number or key. Groups: of a customer, of a visitor or device, a bare word, an address.
USER: tuple[Names, ...] = (
    {
        "en": "userid customerid customerno customernumber customerkey customercode custid custno custkey cumid "
        "memberid memberno membernumber clientid clientno buyerid buyerno accountid accountno shopperid playerid "
        "subscriberid householdid patientid passengerid guestid cardholderid loyaltyid customeruniqueid uid userkey "
        "usernumber contactid msno panelistid payerid partnerid idcustomer iduser idclient customerguid userguid "
        "amazoncustomerid customerref consumerid donorid studentid driverid riderid cardno cardnumber loyaltycard",
        "zh": "用户id 用户编号 用户号 用户账号 用户帐号 用户标识 会员id 会员编号 会员号 会员卡号 会员账号 会员标识 "
        "客户id 客户编号 客户号 客户代码 客户账号 顾客id 顾客编号 买家id 买家账号 买家openid openid unionid 玩家id "
        "卡号",
        "de": "kundennummer kundennr kdnr kundenid kundeid kundenkonto kundenkennung mitgliedsnummer mitgliedsnr "
        "mitgliedid benutzerid nutzerid kontonummer debitor debitorennummer debitornr kunnr auftraggeber kdnummer",
        "fr": "idclient clientid numeroclient numclient noclient codeclient identifiantclient refclient "
        "idutilisateur idmembre numeroadherent idadherent idacheteur referenceclient",
        "es": "idcliente clienteid codigocliente codcliente numerocliente numcliente nrocliente idusuario usuarioid "
        "idsocio numerosocio idcomprador",
    },
    {
        "en": "distinctid visitorid fullvisitorid userpseudoid anonymousid amplitudeid deviceid clientuserid "
        "cookieid profileid personid viewerid readerid listenerid ownerid authorid reviewerid",
        "zh": "访客id 设备id 匿名id",
        "de": "besucherid geraeteid",
        "fr": "idvisiteur idappareil",
        "es": "idvisitante iddispositivo",
    },
    {
        "en": "user customer member client buyer account player shopper subscriber cust",
        "zh": "用户 会员 客户 顾客 买家 玩家 买家会员名 买家昵称 用户名 旺旺 soldto",
        "de": "kunde mitglied benutzer nutzer kaeufer kaufer",
        "fr": "client utilisateur membre acheteur adherent",
        "es": "cliente usuario socio comprador",
    },
    {
        "en": "email emailaddress customeremail buyeremail useremail billingemail fromemailaddress mail phone "
        "customerphone buyerphone phonenumber mobile payeremail shippingphone billingphone ordercustomeremail "
        "customeremailaddress contactemail",
        "zh": "手机号 买家手机号 手机 邮箱 买家手机 手机号码 客户手机号 会员手机号 收货人手机 收货人手机号",
        "de": "emailadresse kundenemail telefon ekunde",
        "fr": "courriel adresseemail emailclient telephone",
        "es": "correo correoelectronico emailcliente telefono",
    },
)

# time: when it happened. Groups: of the order or event, a bare word or the row's, of the payment, of what came later.
TIME: tuple[Names, ...] = (
    {
        "en": "orderdate ordertime orderedat orderdatetime ordertimestamp orderpurchasetimestamp purchasedate "
        "purchasetime purchasedat purchasetimestamp purchasedon eventtime eventtimestamp eventts eventdatetime "
        "transactiondate transactiontime transactiontimestamp transactiondt transactiondatetime transdate transtime "
        "txndate txntime trandate trxdate invoicedate invoicetimestamp billdate billdatetime saledate salesdate "
        "bookingdate bookingtime bookedat orderplaced orderplacedat placedat dateoforder sessionstart "
        "sessionstarttime visitstarttime starttime startedat occurredat happenedat orderpurchasedate datepurchased "
        "checkoutdate completedat originaltimestamp dateorder",
        "zh": "下单时间 下单日期 订单时间 订单日期 订单创建时间 创建订单时间 购买时间 购买日期 消费时间 消费日期 "
        "交易时间 交易日期 销售日期 销售时间 事件时间 行为时间 发生时间 成交时间 拍下时间",
        "de": "bestelldatum bestellzeit bestellzeitpunkt bestelltam auftragsdatum rechnungsdatum kaufdatum "
        "belegdatum buchungsdatum verkaufsdatum audat transaktionsdatum ereigniszeit umsatzdatum",
        "fr": "datecommande datedecommande dateachat dateacha datedachat datefacture datevente datetransaction "
        "heurecommande dateevenement datereservation",
        "es": "fechapedido fechadepedido fechadelpedido fechacompra fechadecompra fechafactura fechaventa "
        "fechatransaccion fechaevento fechareserva fechaorden",
    },
    {
        "en": "timestamp datetime time ts createdat createdon created datecreated creationdate createtime "
        "createddate createdtime date day dateadd clienteventtime timeutc dateandtime visittime viewedat",
        "zh": "时间 日期 时间戳 创建时间 创建日期",
        "de": "datum zeit zeitpunkt zeitstempel uhrzeit erstelltam erdat angelegtam",
        "fr": "date horodatage heure creele datecreation",
        "es": "fecha hora fechahora marcadetiempo fechacreacion creadoel",
    },
    {
        "en": "paidat paymentdate paymenttime datepaid paiddate paidon",
        "zh": "付款时间 支付时间 订单付款时间 付款日期 支付日期 支付完成时间",
        "de": "zahlungsdatum bezahltam",
        "fr": "datepaiement payele",
        "es": "fechapago",
    },
    {
        "en": "eventdate receivedat sentat processedat loggedat servertime updatedat modifiedat visitdate",
        "zh": "记录时间 更新时间",
        "de": "eingangsdatum",
        "fr": "datemaj",
        "es": "fechaactualizacion",
    },
)

# What a row's person paid. Groups: paid, the whole, a bare sum, before or after something.
AMOUNT: tuple[Names, ...] = (
    {
        "en": "actualamountpaid amountpaid paidamount totalpaid paid pricepaid paymentamount paymentvalue "
        "totalpaidamount",
        "zh": "实付金额 实际支付金额 实付款 实付 支付金额 付款金额 买家实际支付金额 用户实际支付金额 "
        "订单实际支付金额 实收金额 消费金额 成交金额 买家实付金额 订单实付金额 实付总额",
        "de": "gezahlterbetrag zahlbetrag bezahlt zahlungsbetrag",
        "fr": "montantpaye montantregle totalpaye",
        "es": "importepagado totalpagado montopagado",
    },
    {
        "en": "total ordertotal grandtotal totalamount totalprice totalsum ordertotalamount orderamount ordervalue "
        "amounttotal totalsales salesvalue linetotal totalvalue transactionamount purchaseamount saleamount "
        "totalrevenue purchaserevenue transactionvalue invoicetotal invoiceamount totalspent totalcost finalamount "
        "finalprice salesamount ordertotalprice pricetotal amountspent basketvalue orderamounttotal "
        "transactionrevenue cartamount totalincltax ordertotalincltax totaltaxincl orderprice bookingamount "
        "bookingvalue grandtotalpurchased grandtotalbase totalorder sumtotal",
        "zh": "订单金额 总金额 订单总金额 总价 总额 合计 金额合计 销售额 交易金额 订单总价 买家应付货款 应付金额 "
        "应收金额 订单应付金额 应收订单金额 购买金额 销售金额 商品金额 小计",
        "de": "gesamt gesamtbetrag gesamtsumme gesamtpreis summe bestellwert bestellsumme rechnungsbetrag endbetrag "
        "auftragswert warenwert endsumme bruttobetrag rechnungssumme kaufbetrag",
        "fr": "montanttotal totalttc montantttc totalcommande montantcommande prixtotal montantfacture sommetotale "
        "totalgeneral montantachat",
        "es": "importetotal montototal totalpedido preciototal totalfactura valortotal totalcompra importepedido",
    },
    {
        "en": "amount revenue sales spend value spent turnover eventvalue eventrevenue monetaryvalue "
        "sum sale amountusd",
        "zh": "金额 收入 流水 营业额 充值金额",
        "de": "betrag umsatz wert erloes netwr",
        "fr": "montant somme chiffreaffaires ca recette revenu valeur",
        "es": "importe monto ingresos valor ventas venta",
    },
    {
        "en": "gross net grosssales netsales grossamount netamount subtotal grossrevenue netrevenue grosstotal "
        "nettotal grossvalue netvalue amountnet amountgross amountuntaxed untaxedamount untaxedtotal",
        "zh": "商品总价 货款金额 货品金额 税前金额",
        "de": "brutto netto nettobetrag nettoumsatz bruttoumsatz nettowert zwischensumme nettosumme bruttosumme",
        "fr": "brut net totalht montantht soustotal montantnet",
        "es": "bruto neto subtotal importeneto importebruto baseimponible",
    },
)

# The price of one piece. Groups: says so; may be the price of one or of the row.
UNIT_PRICE: tuple[Names, ...] = (
    {
        "en": "unitprice priceperunit priceeach lineitemprice itemunitprice unitcost peritemprice netpr priceunit "
        "unitpricetaxincl productprice unitamount unitsellingprice",
        "zh": "单价 商品单价 成交单价 销售单价 宝贝单价 商品价格",
        "de": "einzelpreis stueckpreis stuckpreis preisprostueck preisproeinheit stkpreis epreis",
        "fr": "prixunitaire prixunit puht pu puttc prixunitaireht prixunitairettc",
        "es": "preciounitario preciounidad precioporunidad preciounit",
    },
    {
        "en": "price itemprice salesprice saleprice sellingprice cost itemcost listprice planlistprice retailprice "
        "basketprice itemtotal basecost",
        "zh": "价格 售价 商品售价",
        "de": "preis verkaufspreis artikelpreis kaufpreis listenpreis",
        "fr": "prix prixvente prixarticle",
        "es": "precio precioventa precioarticulo",
    },
)

QUANTITY: tuple[Names, ...] = (
    {
        "en": "quantity qty items units quantitypurchased quantityordered qtyordered lineitemquantity itemquantity "
        "itemcount numitems itemssold orderqty orderquantity noofitems numberofitems quantitysold totalquantity "
        "totalitems piecescount pcs kwmeng productquantity unitsold productquantityordered",
        "zh": "数量 订购数量 商品数量 购买数量 件数 宝贝总数量 宝贝数量 商品总数量 销售数量 商品件数 购买件数",
        "de": "menge anzahl stueckzahl stuckzahl stueck stuck bestellmenge artikelanzahl positionsmenge",
        "fr": "quantite qte nbarticles nombrearticles quantitecommandee",
        "es": "cantidad unidades cant numeroarticulos cantidadpedida",
    },
)

ORDER: tuple[Names, ...] = (
    {
        "en": "orderid orderno ordernumber orderkey ordername orderreference ordercode invoiceno invoiceid "
        "invoicenumber invoice transactionid transid transno transactionno transactionnumber txnid basketid "
        "receiptid receiptno receiptnumber billno billid billnumber bookingid bookingno bookingnumber bookingref "
        "checkoutid saleid salesorder salesid purchaseid amazonorderid idorder incrementid orderref ticketid "
        "documentno orderhdr visitid paymentid chargeid",
        "zh": "订单号 订单编号 订单id 交易号 交易单号 单号 小票号 流水号 订单流水号 主订单编号 父订单号 支付单号",
        "de": "bestellnummer bestellnr bestellid auftragsnummer auftragsnr rechnungsnummer rechnungsnr belegnummer "
        "belegnr vbeln verkaufsbeleg bonnummer bonnr buchungsnummer vorgangsnummer",
        "fr": "numerocommande numcommande nocommande idcommande commandeid refcommande referencecommande "
        "numerofacture numfacture nofacture numeroticket idtransaction numeroreservation",
        "es": "idpedido pedidoid numeropedido numpedido nropedido numerofactura nrofactura idtransaccion idorden "
        "numeroorden idcompra numeroticket referenciapedido",
    },
    {
        "en": "order basket receipt transaction booking reference",
        "zh": "订单",
        "de": "bestellung auftrag rechnung beleg bon buchung",
        "fr": "commande facture ticket reservation",
        "es": "pedido factura orden compra",
    },
    {"en": "id"},
)

# Names that are put together of such words.
USER_WORDS = of_words(
    "user customer client member buyer account shopper player guest subscriber passenger reviewer loyalty kunde kunden "
    "mitglied nutzer benutzer utilisateur acheteur membre cliente usuario socio comprador",
    "id no number nr nummer key code ref reference uuid guid username login kennung identifiant numero num codigo card",
    0,
)
ORDER_WORDS = of_words(
    "order booking invoice bill receipt transaction purchase sale sales basket ticket document bestellung bestell "
    "auftrag auftrags rechnung rechnungs beleg commande facture reservation pedido factura compra orden",
    "id no number nr nummer key code ref reference uuid guid n numero num codigo",
    0,
)
AMOUNT_WORDS = of_words(
    "order purchase sale sales cart invoice transaction booking basket total grand final payment receipt checkout",
    "total amount value revenue sum paid spent",
    1,
)
