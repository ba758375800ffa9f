"""Removes spelling variants of characters: full and half width, kinds of spaces, dashes and brackets.

`plain` keeps every character at its position, so that a place found in plain text is the same in the original.
"""

SPACES = " \t\r\f\v\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u00ad\ufe0e\ufe0f\u202a\u202b\u202c\u202d\u202e"  # without width
LINES = "\n\u0085\u2028\u2029"
NEXT_CELL = "\x1f"  # separates cells, or rows of a sheet, in text joined from several

SIGNS = {ord(space): " " for space in SPACES}
SIGNS |= {ord(sign): "\u200b" for sign in UNSEEN}
SIGNS |= {ord(sign): "\n" for sign in LINES}
SIGNS |= {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # full-width: ０ Ａ （ ， ： ％ ＿ －
SIGNS |= str.maketrans({
    "−": "-", "‐": "-", "‑": "-", "‒": "-", "–": "-", "﹣": "-", "˗": "-",
    "﹪": "%", "٪": "%", "﹐": ",", "﹑": "、", "､": "、", "﹔": ";", "﹕": ":", "︰": ":", "∶": ":",
    "﹒": ".", "｡": "。",
    "﹙": "(", "﹚": ")", "〔": "(", "〕": ")", "【": "(", "】": ")", "[": "(", "]": ")", "［": "(", "］": ")",
    "﹏": "_", "ˍ": "_", "‗": "_", "﹍": "_", "﹎": "_", "▁": "_", "￣": "_", "…": "_", "⋯": "_",
    "￥": "¥", "／": "/", "∕": "/", "⁄": "/",
})  # fmt: skip

# Traditional to simplified, for the characters of surnames and given names.
SIMPLE = str.maketrans(
    "陳張劉楊黃趙吳孫馬鄭羅謝韓許鄧蕭馮蘇葉呂蔣鐘鍾盧陸賈鄒龍萬錢顧賴賀嚴龔湯溫莊魯龐聶齊關歐陽紀畢蘆塗蘭遊閻譚韋於餘範薑潤傑偉強軍國華麗靜豔艷紅輝東衛義鳳飛鵬濤業興學慶榮啟勝誠實寶貴財賢穎瑩潔蓮蘊瓊瑪環璽瓏綺紋純綠維緯繼續紹縉繡"
    "練績綱絹統經結給絲纖約嬌嫻嬋媽婭嬪孃愛憶懷應恆戀凱劍創劃剛勞勛勳勵勁動務協單衝衆眾俠倫偵側備億儀優價傳僑倉個們來侶會從後復徵徹樂樓樹楓橋機權檢樺檸棟楨欽歡歲歷曆氣漢澤濟瀟灣淵淨湧滿漁瀾濱瀅災煒煥燁燈燦爍營爾牆獻獨獅現瑋瑤璦璡"
    "畫當異發皚監盤矯碩確禮禎禪穩積競筆節簡籃糧聖聰聯聲職肅臨舉藝莖蔭薔薩藍藥蘋虛號補裝覺覽視親觀計訓記設詠詩詳語誌談諒論諾謙講證識議護讓讚贊豐貝貞責費賓賜質資躍車軒軟載輕輪轉辦農連進運達遠遙適遲遷選郵鄉醫釗鈞鈴鈺鉅銀銘銳鋒鋼錄錦"
    "錫鍵鎮鏡鐵鑄鑒鑑鑰長門開閃閏閔閎間閩閱闊闖隊階際隨雋雙雖雜雞離難雲電霧靈韜韻響順頌預頓領頡頻題顏顯願類飄飪養馳駒駿騰騫驊驍驕驚驥魚鮑鮮鳴鴻鵑鶴鷗鷹鸞黨點龜萊葦蒼蓋崗嵐嶺峯島嶽幗帥師幹廣廟廬廠庫彥彙匯沖況決瀋汙無牽嘯囉問員啓喬"
    "嘗噸圍園圓團圖執堅堯報場塊墊壇壯壽夢奮奪妝姍孌寧審寫寬對尋導將屬層買賽熱納烏訥",
    "陈张刘杨黄赵吴孙马郑罗谢韩许邓萧冯苏叶吕蒋钟钟卢陆贾邹龙万钱顾赖贺严龚汤温庄鲁庞聂齐关欧阳纪毕芦涂兰游阎谭韦于余范姜润杰伟强军国华丽静艳艳红辉东卫义凤飞鹏涛业兴学庆荣启胜诚实宝贵财贤颖莹洁莲蕴琼玛环玺珑绮纹纯绿维纬继续绍缙绣"
    "练绩纲绢统经结给丝纤约娇娴婵妈娅嫔娘爱忆怀应恒恋凯剑创划刚劳勋勋励劲动务协单冲众众侠伦侦侧备亿仪优价传侨仓个们来侣会从后复征彻乐楼树枫桥机权检桦柠栋桢钦欢岁历历气汉泽济潇湾渊净涌满渔澜滨滢灾炜焕烨灯灿烁营尔墙献独狮现玮瑶瑷琎"
    "画当异发皑监盘矫硕确礼祯禅稳积竞笔节简篮粮圣聪联声职肃临举艺茎荫蔷萨蓝药苹虚号补装觉览视亲观计训记设咏诗详语志谈谅论诺谦讲证识议护让赞赞丰贝贞责费宾赐质资跃车轩软载轻轮转办农连进运达远遥适迟迁选邮乡医钊钧铃钰钜银铭锐锋钢录锦"
    "锡键镇镜铁铸鉴鉴钥长门开闪闰闵闳间闽阅阔闯队阶际随隽双虽杂鸡离难云电雾灵韬韵响顺颂预顿领颉频题颜显愿类飘饪养驰驹骏腾骞骅骁骄惊骥鱼鲍鲜鸣鸿鹃鹤鸥鹰鸾党点龟莱苇苍盖岗岚岭峰岛岳帼帅师干广庙庐厂库彦汇汇冲况决沈污无牵啸啰问员启乔"
    "尝吨围园圆团图执坚尧报场块垫坛壮寿梦奋夺妆姗娈宁审写宽对寻导将属层买赛热纳乌讷",
)

_SQUEEZED = {code: None if sign in " \n\u200b" else sign for code, sign in SIGNS.items()}
_SQUEEZED |= {ord(sign): None for sign in "\n" + NEXT_CELL}


def plain(text: str) -> str:
    """The text with half-width characters, plain spaces and plain line breaks; its length does not change.

    >>> plain("１，２００　人次（％）")
    '1,200 人次(%)'
    """
    return text.translate(SIGNS)


def squeezed(text: str) -> str:
    """Plain text without spaces and line breaks.

    >>> squeezed("商务 主管\\n部门")
    '商务主管部门'
    """
    return text.translate(_SQUEEZED)


_SEEN = {ord(sign): None for sign in UNSEEN}


def seen(text: str) -> str:
    """Text on one line: line breaks and runs of spaces become one space, characters without width are dropped.

    >>> seen(" 示例·\\n基地 ")
    '示例· 基地'
    """
    return " ".join(text.translate(_SEEN).split())
