"""Units of measure and money: how they are written, in English and Chinese, and the one name each has here.

Data only. Left out on purpose: time ("3 hours"), percent and mere counts, which are the same number of different
things, and letters that are more often something else: A, J, N, t, in, K.
"""

from __future__ import annotations


def _table(text: str) -> dict[str, str]:
    """How a unit is written -> its name, of lines "name: spelling, spelling"."""
    found: dict[str, str] = {}
    for line in text.strip().splitlines():
        name, _, spellings = line.strip().partition(": ")
        found |= dict.fromkeys((each.strip() for each in spellings.split(",")), name)
    return found


#: As they are written: M and m differ.
SYMBOLS = _table(
    """
    nanometre: nm
    micrometre: µm, μm
    millimetre: mm
    centimetre: cm
    metre: m
    kilometre: km
    square-millimetre: mm², mm2
    square-centimetre: cm², cm2
    square-metre: m², m2, sqm
    square-kilometre: km², km2
    cubic-centimetre: cm³, cm3
    cubic-metre: m³, m3
    hectare: ha
    foot: ft
    mile: mi
    millilitre: ml, mL
    litre: L
    microgram: µg, μg
    milligram: mg
    gram: g
    kilogram: kg
    pound-mass: lb, lbs
    ounce: oz
    watt: W
    milliwatt: mW
    kilowatt: kW
    megawatt: MW
    gigawatt: GW
    terawatt: TW
    watt-hour: Wh
    kilowatt-hour: kWh
    megawatt-hour: MWh
    gigawatt-hour: GWh
    terawatt-hour: TWh
    kilojoule: kJ
    megajoule: MJ
    kilocalorie: kcal
    volt: V
    millivolt: mV
    kilovolt: kV
    milliampere: mA
    kiloampere: kA
    ohm: Ω, Ω
    kiloohm: kΩ, kΩ
    kilonewton: kN
    newton-metre: Nm, N·m
    hertz: Hz
    kilohertz: kHz
    megahertz: MHz
    gigahertz: GHz
    decibel: dB
    pascal: Pa
    hectopascal: hPa
    kilopascal: kPa
    megapascal: MPa
    gigapascal: GPa
    bar: bar
    millibar: mbar
    psi: psi
    degree-celsius: °C, ℃, ° C
    degree-fahrenheit: °F, ℉, ° F
    rpm: rpm
    kilometre-per-hour: km/h, kph
    mile-per-hour: mph
    metre-per-second: m/s
    litre-per-minute: l/min, L/min
    cubic-metre-per-hour: m³/h, m3/h
    kilobyte: kB, KB
    megabyte: MB
    gigabyte: GB
    terabyte: TB
    megabit-per-second: Mbps, Mbit/s
    gigabit-per-second: Gbps, Gbit/s
    ppm: ppm
    ppb: ppb
    millisecond: ms
    microsecond: µs, μs
    lumen: lm
    """
)

#: In small letters.
WORDS = _table(
    """
    nanometre: nanometre, nanometres, nanometer, nanometers
    micrometre: micrometre, micrometres, micrometer, micrometers, micron, microns
    millimetre: millimetre, millimetres, millimeter, millimeters
    centimetre: centimetre, centimetres, centimeter, centimeters
    metre: metre, metres, meter, meters
    kilometre: kilometre, kilometres, kilometer, kilometers
    square-metre: square metre, square metres, square meter, square meters
    square-kilometre: square kilometre, square kilometres, square kilometer, square kilometers
    square-foot: square feet, square foot, sq ft
    square-mile: square mile, square miles, sq mi
    cubic-metre: cubic metre, cubic metres, cubic meter, cubic meters
    hectare: hectare, hectares
    acre: acre, acres
    inch: inch, inches
    foot: foot, feet
    yard: yards
    mile: mile, miles
    nautical-mile: nautical mile, nautical miles
    millilitre: millilitre, millilitres, milliliter, milliliters
    litre: litre, litres, liter, liters
    gallon: gallon, gallons
    milligram: milligram, milligrams
    gram: gram, grams
    kilogram: kilogram, kilograms, kilos
    tonne: tonne, tonnes, metric tons
    ton: tons
    ounce: ounce, ounces
    watt: watt, watts
    kilowatt: kilowatt, kilowatts
    megawatt: megawatt, megawatts
    gigawatt: gigawatt, gigawatts
    kilowatt-hour: kilowatt hours, kilowatt-hours
    megawatt-hour: megawatt hours, megawatt-hours
    volt: volt, volts
    kilovolt: kilovolts
    ampere: ampere, amperes, amps
    ohm: ohm, ohms
    newton: newtons
    hertz: hertz
    kilohertz: kilohertz
    megahertz: megahertz
    gigahertz: gigahertz
    decibel: decibel, decibels
    pascal: pascals
    kilopascal: kilopascals
    megapascal: megapascals
    degree-celsius: degrees celsius, degree celsius
    degree-fahrenheit: degrees fahrenheit, degree fahrenheit
    kilometre-per-hour: kilometres per hour, kilometers per hour
    mile-per-hour: miles per hour
    metre-per-second: metres per second, meters per second
    knot: knots
    horsepower: horsepower
    kilobyte: kilobytes
    megabyte: megabytes
    gigabyte: gigabytes
    terabyte: terabytes
    millisecond: milliseconds, millisecond
    calorie: calories
    kilocalorie: kilocalories
    """
)

CHINESE = _table(
    """
    nanometre: 纳米
    micrometre: 微米
    millimetre: 毫米
    centimetre: 厘米, 公分
    metre: 米
    kilometre: 公里, 千米
    square-metre: 平方米, 平米
    square-kilometre: 平方公里, 平方千米
    cubic-metre: 立方米
    hectare: 公顷
    mu: 亩
    millilitre: 毫升
    litre: 升
    milligram: 毫克
    gram: 克
    kilogram: 公斤, 千克
    jin: 斤
    tonne: 吨
    watt: 瓦
    kilowatt: 千瓦
    megawatt: 兆瓦
    kilowatt-hour: 千瓦时, 度电
    volt: 伏, 伏特
    kilovolt: 千伏
    ampere: 安培
    ohm: 欧姆
    hertz: 赫兹
    megahertz: 兆赫
    decibel: 分贝
    kilopascal: 千帕
    megapascal: 兆帕
    degree-celsius: 摄氏度
    kilometre-per-hour: 公里每小时
    millisecond: 毫秒
    """
)

#: Before the number.
MONEY_BEFORE = _table(
    """
    dollar: $
    us-dollar: US$, US $, USD
    euro: €, EUR
    pound-sterling: £, GBP
    yen-or-yuan: ¥, ￥
    yuan: RMB, CNY, 人民币
    yen: JPY
    franc: CHF
    rupee: ₹, INR
    won: ₩, KRW
    """
)

#: Behind it; English ones in small letters, codes as they are written.
MONEY_BEHIND = _table(
    """
    dollar: dollars
    us-dollar: us dollars, u.s. dollars, USD, 美元
    euro: euros, euro, €, EUR, 欧元
    pound-sterling: pounds sterling, GBP, 英镑
    yuan: yuan, RMB, CNY, 元人民币, 人民币, 元
    yen: yen, JPY, 日元
    hong-kong-dollar: HKD, 港元, 港币
    franc: swiss francs, CHF
    rupee: rupees, INR
    won: KRW, 韩元
    """
)

TIMES = {
    "thousand": 3, "million": 6, "billion": 9, "trillion": 12, "mn": 6, "bn": 9, "m": 6, "k": 3,
    "千": 3, "万": 4, "百万": 6, "千万": 7, "亿": 8, "万亿": 12,
}  # fmt: skip
"""Powers of ten of the words that may stand behind a number; "m", "k" only with money before it."""
