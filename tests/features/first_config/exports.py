"""Headers in the style of real exports, with a row as a pattern. In it: u user, t time, o order, i item, q pieces,
p the price of one, l the line's sum, w the whole order's; pe, le, we the same with a decimal comma; n counted up."""

from dataclasses import dataclass

ISO, DAY = "{t:%Y-%m-%d %H:%M:%S}", "{t:%Y-%m-%d}"
GERMAN, ENGLISH, FIGURES = "{t:%d.%m.%Y %H:%M}", "{t:%m/%d/%Y}", "{t:%Y%m%d}"
MAIL = "u{u}@x.example"


@dataclass(frozen=True)
class Export:
    """amount: what stands for it, "?" where a question is right. one: of each order one line alone."""

    header: str
    row: str
    user: str
    time: str
    amount: str = ""
    order: str = ""
    table: str = "orders"
    one: bool = False


EXPORTS = {
    "Shopify": Export(
        "Name,Email,Financial Status,Created at,Currency,Subtotal,Taxes,Total,Discount Amount,Id",
        f"#{{o}},{MAIL},paid,{{t:%Y-%m-%d %H:%M:%S}} +0000,EUR,{{l}},0,{{l}},0,{{o}}",
        *("Email", "Created at", "Total", "Id"),
        one=True,
    ),
    "Shopify's API": Export(
        "id,order_number,created_at,total_price,subtotal_price,currency,customer.id,email",
        f"9{{n}},{{o}},{{t:%Y-%m-%dT%H:%M:%S}}+00:00,{{l}},{{l}},EUR,{{u}},{MAIL}",
        *("customer.id", "created_at", "total_price", "order_number"),
        one=True,
    ),
    "WooCommerce": Export(
        "order_id,order_number,order_date,status,order_total,customer_id,billing_email",
        f"{{n}},{{n}},{ISO},completed,{{l}},{{u}},{MAIL}",
        *("customer_id", "order_date", "order_total", "order_id"),
        one=True,
    ),
    "WooCommerce's lines": Export(
        "Order Number,Order Date,Customer User ID,SKU,Quantity,Item Cost,Order Total Amount",
        f"{{o}},{ISO},{{u}},{{i}},{{q}},{{p}},{{w}}",
        *("Customer User ID", "Order Date", "?", "Order Number"),
    ),
    "Magento": Export(
        "entity_id,increment_id,customer_id,created_at,updated_at,status,grand_total,subtotal",
        f"{{n}},1000{{n}},{{u}},{ISO},{ISO},complete,{{l}},{{l}}",
        *("customer_id", "created_at", "grand_total", "increment_id"),
        one=True,
    ),
    "Magento's grid": Export(
        "ID,Purchase Point,Purchase Date,Bill-to Name,Grand Total (Base),Grand Total (Purchased),Status,Customer Email",
        f'{{n}},Main,"{{t:%b %d, %Y}}",Jo,{{l}},{{p}},complete,{MAIL}',
        *("Customer Email", "Purchase Date", "?", "ID"),
        one=True,
    ),
    "Amazon": Export(
        "amazon-order-id,purchase-date,order-status,buyer-email,sku,quantity,currency,item-price,item-tax",
        f"{{o}},{{t:%Y-%m-%dT%H:%M:%S}}+00:00,Shipped,{MAIL},{{i}},{{q}},EUR,{{l}},0",
        *("buyer-email", "purchase-date", "item-price", "amazon-order-id"),
    ),
    "Stripe": Export(
        "id,Description,Created (UTC),Amount,Amount Refunded,Currency,Fee,Status,Customer ID,Customer Email",
        f"ch_{{n}},Order,{ISO},{{l}},0,eur,0.3,Paid,cus_{{u}},{MAIL}",
        *("Customer ID", "Created (UTC)", "Amount", "id"),
        one=True,
    ),
    "Stripe's API": Export(
        "id,amount_cents,created,currency,customer",
        "pi_{n},{cents},{t:%s},eur,cus_{u}",
        *("customer", "created", "amount_cents / 100", "id"),
        one=True,
    ),
    "PayPal": Export(
        "Date,Time,TimeZone,Name,Type,Status,Currency,Gross,Fee,Net,From Email Address,Transaction ID",
        f"{ENGLISH},{{t:%H:%M:%S}},CET,Jo,Payment,Completed,EUR,{{l}},-0.3,{{p}},{MAIL},T{{n}}",
        *("From Email Address", "Date", "?", "Transaction ID"),
        one=True,
    ),
    "Square": Export(
        "Date,Time,Category,Item,Qty,SKU,Gross Sales,Discounts,Net Sales,Transaction ID,Event Type,Customer ID",
        f"{DAY},{{t:%H:%M:%S}},Tea,{{i}},{{q}},{{i}},{{l}},0,{{p}},{{o}},Payment,{{u}}",
        *("Customer ID", "Date", "?", "Transaction ID"),
    ),
    "GA4": Export(
        "event_date,event_timestamp,event_name,user_pseudo_id,user_id,ga_session_id,event_value_in_usd",
        "{t:%Y%m%d},{t:%s}000000,{kind},{u},,{o},{l}",
        *("user_pseudo_id", "event_timestamp", "?"),
        table="events",
    ),
    "BigQuery's sessions": Export(
        "fullVisitorId,visitId,visitStartTime,totals.pageviews,channelGrouping",
        "{u},{o},{t:%s},{q},Direct",
        *("fullVisitorId", "visitStartTime"),
        table="events",
    ),
    "Mixpanel": Export(
        "event,distinct_id,time,$browser,$city,$insert_id",
        "{kind},{u},{t:%s},Firefox,Ulm,{n}",
        *("distinct_id", "time"),
        table="events",
    ),
    "Amplitude": Export(
        "amplitude_id,app,device_id,event_id,event_time,event_type,session_id,user_id",
        f"7{{u}},1,{{u}}d,{{n}},{ISO},{{kind}},{{o}},{{u}}",
        *("user_id", "event_time"),
        table="events",
    ),
    "Segment": Export(
        "id,anonymous_id,user_id,event,properties.revenue,original_timestamp,received_at",
        f"{{n}},a{{u}},{{u}},Order Completed,{{l}},{ISO},{ISO}",
        *("user_id", "original_timestamp", "properties.revenue"),
        table="events",
        one=True,
    ),
    "a log with prices": Export(
        "ts,user,action,product,price,session",
        f"{ISO},{{u}},{{kind}},{{i}},{{p}},{{o}}",
        *("user", "ts"),
        table="events",
    ),
    "淘宝": Export(
        "订单编号,买家会员名,买家应付货款,买家实际支付金额,订单状态,订单创建时间,宝贝标题,宝贝总数量",
        f"{{n}},u{{u}},{{w}},{{l}},交易成功,{ISO},{{i}},{{q}}",
        *("买家会员名", "订单创建时间", "买家实际支付金额", "订单编号"),
        one=True,
    ),
    "天猫": Export(
        "主订单编号,买家昵称,实付金额(元),拍下时间,付款时间,收货人,手机号",
        f"{{n}},u{{u}},{{l}},{ISO},{ISO},某人,1380000",
        *("买家昵称", "拍下时间", "实付金额(元)", "主订单编号"),
        one=True,
    ),
    "京东": Export(
        "订单号,商品ID,订购数量,下单时间,京东价,订单金额,用户实际支付金额,客户账号,订单状态",
        f"{{n}},{{i}},{{q}},{ISO},{{p}},{{l}},{{l}},jd{{u}},完成",
        *("客户账号", "下单时间", "用户实际支付金额", "订单号"),
        one=True,
    ),
    "有赞": Export(
        "订单号,订单状态,下单时间,应收订单金额,买家昵称,买家手机号,商品件数",
        f"{{n}},交易完成,{ISO},{{l}},w{{u}},139{{u}},{{q}}",
        *("买家昵称", "下单时间", "应收订单金额", "订单号"),
        one=True,
    ),
    "微信小店": Export(
        "订单号,下单时间,买家openid,商品名称,商品单价,商品数量",
        f"{{o}},{ISO},wx{{u}},{{i}},{{p}},{{q}}",
        *("买家openid", "下单时间", "商品数量 * 商品单价", "订单号"),
    ),
    "会员卡": Export(
        "会员卡号,消费日期,消费金额,门店名称",
        f"V{{u}},{DAY},{{l}},一店",
        *("会员卡号", "消费日期", "消费金额"),
        one=True,
    ),
    "SAP": Export(
        "VBELN,AUDAT,KUNNR,MATNR,KWMENG,NETPR,NETWR,WAERK",
        f"{{o}},{FIGURES},{{u}},{{i}},{{q}},{{p}},{{l}},EUR",
        *("KUNNR", "AUDAT", "NETWR", "VBELN"),
    ),
    "SAP in German": Export(
        "Verkaufsbeleg;Belegdatum;Auftraggeber;Material;Nettowert;Währung",
        "{o};{t:%d.%m.%Y};{u};{i};{le};EUR",
        *("Auftraggeber", "Belegdatum", "Nettowert", "Verkaufsbeleg"),
    ),
    "Shopware": Export(
        "orderNumber;orderDateTime;amountTotal;amountNet;orderCustomer.email;stateMachineState.name",
        f"{{n}};{ISO};{{l}};{{p}};{MAIL};Erledigt",
        *("orderCustomer.email", "orderDateTime", "amountTotal", "orderNumber"),
        one=True,
    ),
    "PrestaShop": Export(
        "id_order,reference,id_customer,current_state,payment,total_paid,total_products,date_add",
        f"{{n}},AB{{n}},{{u}},5,Chèque,{{l}},{{l}},{ISO}",
        *("id_customer", "date_add", "total_paid", "id_order"),
        one=True,
    ),
    "Odoo": Export(
        "Order Reference,Order Date,Customer,Salesperson,Untaxed Amount,Total,Status",
        f"S{{n}},{ISO},C{{u}},Jo,{{p}},{{l}},Sales Order",
        *("Customer", "Order Date", "Total", "Order Reference"),
        one=True,
    ),
    "Odoo's lines": Export(
        "Order Reference,Order Date,Customer,Product,Quantity,Unit Price,Subtotal",
        f"S{{o}},{ISO},C{{u}},{{i}},{{q}},{{p}},{{l}}",
        *("Customer", "Order Date", "Subtotal", "Order Reference"),
    ),
    "eBay": Export(
        "Sales Record Number,Order Number,Buyer Username,Quantity,Sold For,Total Price,Sale Date",
        "{n},{n},b{u},{q},{p},{l},{t:%d-%b-%y}",
        *("Buyer Username", "Sale Date", "Total Price", "Order Number"),
        one=True,
    ),
    "Etsy": Export(
        "Sale Date,Order ID,Buyer User ID,Number of Items,Currency,Order Value,Order Net",
        f"{ENGLISH},{{n}},e{{u}},{{q}},USD,{{l}},{{p}}",
        *("Buyer User ID", "Sale Date", "Order Value", "Order ID"),
        one=True,
    ),
    "BigCommerce": Export(
        "Order ID,Customer ID,Order Date,Order Status,Subtotal (ex tax),Order Total (inc tax),Payment Method",
        f"{{n}},{{u}},{DAY},Completed,{{p}},{{l}},Card",
        *("Customer ID", "Order Date", "Order Total (inc tax)", "Order ID"),
        one=True,
    ),
    "a till's receipts": Export(
        "Bonnummer;Buchungsdatum;Kundennr;Artikelnummer;Menge;Einzelpreis;Filiale",
        f"{{o}};{GERMAN};{{u}};{{i}};{{q}};{{pe}};Ulm",
        *("Kundennr", "Buchungsdatum", "Menge * Einzelpreis", "Bonnummer"),
    ),
    "Kaufbelege": Export(
        "Kunde;Kaufdatum;Umsatz (EUR);Rechnungsnr.",
        f"{{u}};{GERMAN};{{le}};{{o}}",
        *("Kunde", "Kaufdatum", "Umsatz (EUR)", "Rechnungsnr."),
    ),
    "Commandes": Export(
        "N° commande;Date de commande;Code client;Qté;Prix unitaire;Désignation",
        "{o};{t:%d/%m/%Y};{u};{q};{pe};{i}",
        *("Code client", "Date de commande", "Qté * `Prix unitaire`", "N° commande"),
    ),
    "Achats": Export(
        "Identifiant client;Date achat;Montant TTC;Magasin",
        "{u};{t:%d/%m/%Y};{le};Lyon",
        *("Identifiant client", "Date achat", "Montant TTC"),
    ),
    "Pedidos": Export(
        "Nº pedido;Fecha de pedido;Código cliente;Importe total;Estado",
        "{n};{t:%d/%m/%Y};{u};{le};Enviado",
        *("Código cliente", "Fecha de pedido", "Importe total", "Nº pedido"),
        one=True,
    ),
    "Ventas": Export(
        "Fecha;Cliente;Producto;Cantidad;Precio unitario;Factura",
        "{t:%d/%m/%Y};{u};{i};{q};{pe};{o}",
        *("Cliente", "Fecha", "Cantidad * `Precio unitario`", "Factura"),
    ),
    "prices of one, by their values": Export(
        "Receipt,Date,Client No,Item,Qty,Price",
        f"{{o}},{DAY},{{u}},{{i}},{{q}},{{p}}",
        *("Client No", "Date", "Qty * Price", "Receipt"),
    ),
    "prices of rows, by their values": Export(
        "Receipt,Date,Client No,Item,Qty,Price",
        f"{{o}},{DAY},{{u}},{{i}},{{q}},{{l}}",
        *("Client No", "Date", "Price", "Receipt"),
    ),
    "a price of nobody knows what": Export(
        "member_id,date,sku,price", f"{{u}},{DAY},{{i}},{{p}}", *("member_id", "date", "?")
    ),
    "an amount that may be a count": Export(
        "CUST_NO,TRANS_DATE,SKU,AMOUNT,PRICE", f"{{u}},{DAY},{{i}},{{q}},{{p}}", *("CUST_NO", "TRANS_DATE", "?")
    ),
    "the order's total in every line": Export(
        "invoice_id,customer_no,invoice_date,product_code,invoice_total",
        f"{{o}},{{u}},{DAY},{{i}},{{w}}",
        *("customer_no", "invoice_date", "?", "invoice_id"),
    ),
    "ratings": Export(
        "reviewerID,asin,overall,unixReviewTime",
        "{u},{i},{q},{t:%s}",
        *("reviewerID", "unixReviewTime"),
        table="events",
    ),
    "plays": Export(
        "user_id,played_at,track_id,ms_played", f"{{u}},{ISO},{{i}},{{n}}", *("user_id", "played_at"), table="events"
    ),
    "a game's purchases": Export(
        "PlayerId,PurchaseTime,ProductSku,RevenueUSD",
        f"{{u}},{ISO},{{i}},{{l}}",
        *("PlayerId", "PurchaseTime", "RevenueUSD"),
    ),
    "bookings": Export(
        "Booking Reference,Guest ID,Booking Date,Check-in,Booking Value,State",
        f"{{n}},{{u}},{DAY},{DAY},{{l}},confirmed",
        *("Guest ID", "Booking Date", "Booking Value", "Booking Reference"),
        one=True,
    ),
    "two currencies": Export(
        "order_no,buyer_id,order_time,total,currency_code",
        f"{{n}},{{u}},{ISO},{{l}},{{money}}",
        *("buyer_id", "order_time", "?", "order_no"),
        one=True,
    ),
}
