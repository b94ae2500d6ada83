"""The names of all other roles: what was done, to what, where, in which state; written as in names.py."""

from features.first_config.names import Names

EVENT: tuple[Names, ...] = (
    {
        "en": "event eventname eventtype eventkind action actiontype activity activitytype behaviortype behavior "
        "behaviourtype interaction interactiontype eventaction verb eventcategory",
        "zh": "事件 事件名 事件名称 事件类型 行为 行为类型 动作 操作类型",
        "de": "ereignis ereignistyp aktion ereignisname",
        "fr": "evenement typeevenement action nomevenement",
        "es": "evento tipoevento accion nombreevento",
    },
    {"en": "type kind", "zh": "类型", "de": "typ art", "fr": "type", "es": "tipo"},
)

ITEM: tuple[Names, ...] = (
    {
        "en": "item itemid productid productcode sku stockcode itemcode articleid artid articlecode movieid songid "
        "traid trackid videoid bookid contentid postid listingid asin lineitemsku variantid productsku materialid "
        "matnr isbn articleno itemno itemnumber productno contentkey",
        "zh": "商品id 商品编号 商品编码 商家编码 货号 宝贝id",
        "de": "artikelnummer artikelnr artikelid produktid produktnummer materialnummer",
        "fr": "idproduit refproduit referenceproduit codearticle idarticle codeproduit",
        "es": "idproducto codigoproducto referenciaproducto idarticulo codigoarticulo",
    },
    {
        "en": "product productname itemname itemdescription description page pageurl url lineitemname title "
        "producttitle article artname track service",
        "zh": "商品 商品名称 商品标题 宝贝标题 宝贝名称 页面",
        "de": "artikel produkt artikelname produktname bezeichnung artikelbezeichnung seite",
        "fr": "produit article designation libelle nomproduit page",
        "es": "producto articulo descripcion nombreproducto pagina",
    },
)

STATUS: tuple[Names, ...] = (
    {
        "en": "status orderstatus state orderstate financialstatus paymentstatus transactionstatus currentstate "
        "invoicestatus paymentstate bookingstatus eventtype transactiontype type iscancelled iscanceled cancelled "
        "canceled refunded isrefunded isreturn returned",
        "zh": "订单状态 状态 支付状态 交易状态 付款状态 退款状态",
        "de": "bestellstatus auftragsstatus zahlungsstatus zahlstatus",
        "fr": "statut etat statutcommande etatcommande",
        "es": "estado estadopedido estatus",
    },
)

CURRENCY: tuple[Names, ...] = (
    {
        "en": "currency currencycode ordercurrency ordercurrencycode paymentcurrency waerk currencyiso",
        "zh": "币种 货币",
        "de": "waehrung wahrung",
        "fr": "devise monnaie",
        "es": "moneda divisa",
    },
)

# Money alone: a column called discount may well hold a share.
DISCOUNT: tuple[Names, ...] = (
    {
        "en": "discountamount discountvalue totaldiscounts totaldiscount discounttotal retaildisc discounts "
        "itempromotiondiscount promotiondiscount orderdiscount cartdiscount",
        "zh": "优惠金额 折扣金额 优惠 店铺优惠金额",
        "de": "rabattbetrag rabattsumme",
        "fr": "montantremise montantreduction totalremises",
        "es": "importedescuento montodescuento totaldescuentos",
    },
    {"en": "discount rebate", "zh": "折扣", "de": "rabatt nachlass", "fr": "remise reduction", "es": "descuento"},
)

# What a channel cost, of a table of costs alone.
COST: tuple[Names, ...] = (
    {
        "en": "cost costs spend adspend adcost amountspent totalcost totalspend mediaspend marketingcost "
        "advertisingcost",
        "zh": "花费 消耗 费用 成本 投放费用 推广费用 广告花费 投放成本",
        "de": "kosten werbekosten ausgaben",
        "fr": "cout couts depenses",
        "es": "coste costo gasto costes",
    },
)

# What was given back of an amount.
REFUNDED: tuple[Names, ...] = (
    {
        "en": "amountrefunded refundedamount refundamount totalrefunded refundtotal totalrefund refundvalue refunds",
        "zh": "退款金额 已退款金额 退款总额",
        "de": "erstattungsbetrag erstattet rueckerstattung",
        "fr": "montantrembourse",
        "es": "importereembolsado montoreembolsado",
    },
)

SESSION: tuple[Names, ...] = (
    {
        "en": "sessionid session usersession visitid gasessionid sessionkey",
        "zh": "会话id 会话",
        "de": "sitzung sitzungsid",
        "fr": "idsession",
        "es": "idsesion sesion",
    },
)

CHANNEL: tuple[Names, ...] = (
    {
        "en": "channel saleschannel orderchannel sourcename store storeid storename shop shopid location "
        "locationname branch outlet marketplace sourcechannel",
        "zh": "渠道 门店 店铺 店铺名称 门店名称 来源 订单来源 渠道名称",
        "de": "kanal vertriebskanal filiale verkaufskanal marktplatz vertriebsweg",
        "fr": "canal magasin boutique canalvente",
        "es": "canal tienda canalventa sucursal",
    },
)

# Never proposed, whatever they hold.
PERSONAL: tuple[Names, ...] = (
    {
        "en": "name firstname lastname fullname customername username address street city zip postcode phone email "
        "mobile birthname ip ipaddress iban billingname shippingname",
        "zh": "姓名 收货人 收货人姓名 收货地址 手机号 联系电话 邮箱 身份证号 地址",
        "de": "vorname nachname adresse strasse telefon kundenname ort plz",
        "fr": "nom prenom adresse telephone ville codepostal nomclient",
        "es": "nombre apellido apellidos direccion telefono ciudad nombrecliente",
    },
)

# Columns of users, messages, points and feedback.
SIGNUP: tuple[Names, ...] = (
    {
        "en": "signuptime signupdate registeredat registrationdate joinedat joindate joindt registrationinittime "
        "signedupat registered membersince",
        "zh": "注册时间 注册日期 入会时间 入会日期 开卡时间",
        "de": "registrierungsdatum registriertam anmeldedatum",
        "fr": "dateinscription",
        "es": "fecharegistro fechaalta",
    },
)
CAMPAIGN: tuple[Names, ...] = ({"en": "campaignid campaign", "zh": "活动id", "de": "kampagne", "fr": "campagne"},)

# Words in a column of states: the order came to nothing; nobody can say yet.
UNDONE: Names = {
    "en": "cancelled canceled cancel voided void failed declined refunded refund returned return denied "
    "rejected expired unpaid abandoned draft incomplete wcfailed wccancelled wcrefunded chargeback reversed "
    "uncollectible quotation requirespaymentmethod",
    "zh": "已取消 交易关闭 已关闭 已退款 退款成功 全额退款 未付款 待付款 等待买家付款 已退货",
    "de": "storniert storno erstattet retourniert retoure gutschrift fehlgeschlagen abgelehnt",
    "fr": "annulee annule remboursee rembourse echouee echoue impayee nonpaye",
    "es": "cancelada cancelado reembolsado reembolsada devuelto rechazado fallido anulado",
}
UNSURE: Names = {
    "en": "pending onhold authorized open processingpayment partiallyrefunded partialrefund disputed withdrawal "
    "generalwithdrawal payout transfer fee bankdeposit currencyconversion deposit topup adjustment wconhold "
    "wcpending pendingpayment requiresaction requiresconfirmation",
    "zh": "部分退款 退款中 售后中",
    "de": "offen ausstehend teilerstattet",
    "fr": "enattente",
    "es": "pendiente",
}


def known(names: Names) -> frozenset[str]:
    """The words of all languages."""
    return frozenset(word for words in names.values() for word in words.split())
