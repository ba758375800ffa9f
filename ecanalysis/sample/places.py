"""Where the invented bases stand: how many in each provincial unit, and in which cities."""

from typing import NamedTuple


class Place(NamedTuple):
    """A provincial unit: demonstration bases and clusters of the first round, clusters new in the second."""

    department: str
    leaning: str
    bases: int
    clusters: int
    new_clusters: int
    cities: str


# leaning: which features its bases tend to choose (sea: the coast; inland; far: the west and north-east).
PLACES = {
    "北京": Place("北京市商务局", "sea", 3, 2, 0, "朝阳 海淀 大兴 通州"),
    "天津": Place("天津市商务局", "sea", 2, 1, 0, "滨海 武清 西青"),
    "河北": Place("河北省商务厅", "sea", 4, 2, 0, "石家庄 唐山 保定 邢台 廊坊"),
    "上海": Place("上海市商务委员会", "sea", 4, 2, 0, "浦东 嘉定 普陀 松江"),
    "江苏": Place("江苏省商务厅", "sea", 8, 5, 1, "南京 苏州 无锡 常州 徐州 南通 宿迁 扬州"),
    "浙江": Place("浙江省商务厅", "sea", 10, 6, 2, "杭州 金华 温州 嘉兴 绍兴 台州 湖州 丽水 衢州"),
    "福建": Place("福建省商务厅", "sea", 6, 3, 1, "福州 泉州 漳州 莆田 龙岩"),
    "山东": Place("山东省商务厅", "sea", 7, 4, 1, "济南 烟台 潍坊 临沂 淄博 威海 菏泽"),
    "广东": Place("广东省商务厅", "sea", 8, 5, 1, "广州 佛山 东莞 珠海 汕头 揭阳 惠州 中山"),
    "海南": Place("海南省商务厅", "sea", 1, 1, 0, "海口 三亚"),
    "青岛": Place("青岛市商务局", "sea", 2, 1, 0, "青岛 胶州"),
    "宁波": Place("宁波市商务局", "sea", 2, 2, 0, "宁波 余姚 慈溪"),
    "厦门": Place("厦门市商务局", "sea", 2, 1, 0, "厦门 集美"),
    "深圳": Place("深圳市商务局", "sea", 3, 2, 0, "深圳 龙岗 前海 宝安"),
    "山西": Place("山西省商务厅", "inland", 2, 1, 0, "太原 大同 运城"),
    "安徽": Place("安徽省商务厅", "inland", 4, 3, 1, "合肥 芜湖 蚌埠 阜阳 黄山"),
    "江西": Place("江西省商务厅", "inland", 3, 2, 0, "南昌 赣州 九江 上饶"),
    "河南": Place("河南省商务厅", "inland", 5, 3, 1, "郑州 洛阳 南阳 许昌 信阳"),
    "湖北": Place("湖北省商务厅", "inland", 5, 3, 0, "武汉 宜昌 襄阳 荆州 黄冈"),
    "湖南": Place("湖南省商务厅", "inland", 4, 3, 1, "长沙 岳阳 常德 怀化 湘潭"),
    "内蒙古": Place("内蒙古自治区商务厅", "far", 1, 1, 0, "呼和浩特 赤峰"),
    "辽宁": Place("辽宁省商务厅", "far", 2, 1, 1, "沈阳 鞍山 锦州"),
    "吉林": Place("吉林省商务厅", "far", 2, 1, 0, "长春 延边 通化"),
    "黑龙江": Place("黑龙江省商务厅", "far", 2, 1, 0, "哈尔滨 牡丹江 绥芬河"),
    "大连": Place("大连市商务局", "far", 1, 1, 0, "大连 庄河"),
    "广西": Place("广西壮族自治区商务厅", "far", 2, 1, 1, "南宁 柳州 桂林"),
    "重庆": Place("重庆市商务委员会", "far", 3, 2, 1, "渝中 九龙坡 渝北 万州"),
    "四川": Place("四川省商务厅", "far", 4, 3, 1, "成都 绵阳 德阳 宜宾 遂宁"),
    "贵州": Place("贵州省商务厅", "far", 2, 1, 0, "贵阳 遵义 毕节"),
    "云南": Place("云南省商务厅", "far", 2, 1, 0, "昆明 大理 红河"),
    "西藏": Place("西藏自治区商务厅", "far", 0, 1, 0, "拉萨"),
    "陕西": Place("陕西省商务厅", "far", 2, 1, 0, "西安 咸阳 延安"),
    "甘肃": Place("甘肃省商务厅", "far", 1, 1, 0, "兰州 陇南"),
    "青海": Place("青海省商务厅", "far", 0, 0, 1, "西宁"),
    "宁夏": Place("宁夏回族自治区商务厅", "far", 1, 0, 0, "银川"),
    "新疆": Place("新疆维吾尔自治区商务厅", "far", 1, 1, 0, "乌鲁木齐 喀什"),
    "新疆生产建设兵团": Place("新疆生产建设兵团商务局", "far", 1, 0, 0, "石河子"),
}

# How likely a base is to choose each feature.
LEANINGS = {
    "sea": {"I": 0.55, "L": 0.65, "A": 0.15, "S": 0.65},
    "inland": {"I": 0.45, "L": 0.65, "A": 0.45, "S": 0.30},
    "far": {"I": 0.20, "L": 0.60, "A": 0.75, "S": 0.25},
}

THEMES = [
    "数字贸易",
    "电子商务",
    "云商",
    "跨境电商",
    "直播电商",
    "智慧供应链",
    "网络零售",
    "互联网创业",
    "数字经济",
    "农村电商",
]
ENDINGS = ["产业园", "产业基地", "集聚区", "创新园", "科技园", "小镇"]
