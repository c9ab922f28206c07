"""A paper of hard cases: every element of the kit, long names, large amounts, many signers, four appendices."""

from django.template import engines

LONG_NAME = (
    "Công ty trách nhiệm hữu hạn một thành viên Sản xuất, Chế biến, Thương mại, Dịch vụ và Xuất nhập khẩu Nông sản, "
    "Thủy sản, Thủ công mỹ nghệ Đồng bằng sông Cửu Long (mẫu) - Chi nhánh khu vực Tây Nam Bộ"
)
TEMPLATE = """
{% extends "documents/base.html" %}
{% block title %}{{ subject|join:" " }}{% endblock %}
{% block content %}
  <p class="urgency higher">Thượng khẩn</p>
  <h1 class="title">
    <span class="kind">Trang mẫu</span>
    <span class="summary ruled">{{ subject|join:"<br>" }}</span>
  </h1>
  <p class="authority">Chủ tịch Ủy ban nhân dân tỉnh Mẫu</p>
  {% include "documents/_grounds.html" with grounds=grounds only %}
  <p class="resolution">Quyết định:</p>
  <div class="body">
    <h2 class="chapter">Chương I<br>Thành phần thể thức</h2>
    <h2 class="article">Điều 1. Tên, số tiền, ngày</h2>
    <p>
      {{ long_name }}. Số tiền: {{ large_amount|vnd }} đồng ({{ large_amount|vnd_words }}).
      Ngày: {{ missing|vn_date }}.
    </p>
    <p class="flush">Kính gửi:</p>
    <ul class="addressees">{% for name in addressees %}<li>- {{ name }};</li>{% endfor %}</ul>
    <ol class="clauses">
      <li>Các điểm:
        <ol class="points">{% for point in points %}<li>{{ point }};</li>{% endfor %}</ol>
      </li>
      <li>Khoản sau cùng.</li>
    </ol>
    <p class="table-title">Bảng {{ rows|length }} dòng</p>
    <p class="unit-line">Đơn vị tính: đồng</p>
    <table class="data">
      <colgroup><col class="c-no"><col><col class="c-code"><col class="c-money"></colgroup>
      <thead><tr><th>STT</th><th>Tên cơ sở</th><th>Mã</th><th>Số tiền</th></tr></thead>
      <tbody>
        {% for row in rows %}
          <tr><td class="centre">{{ forloop.counter }}</td><td>{{ row.name }}</td><td>{{ row.code }}</td>
            <td class="amount">{{ row.amount|vnd }}</td></tr>
        {% endfor %}
        <tr class="total"><td></td><td colspan="2">Tổng cộng</td><td class="amount">{{ large_amount|vnd }}</td></tr>
      </tbody>
    </table>
    <p>Đoạn cuối đi cùng khối chữ ký<span class="end">.</span></p>
  </div>
  {% for signature in modes %}
    {% include "documents/_closing.html" with signature=signature recipients=recipients only %}
  {% endfor %}
  {% for signatures in party_sets %}
    <div class="body"><p>Khối ký {{ signatures|length }} bên.</p></div>
    {% include "documents/_parties.html" with signatures=signatures recipients=None only %}
  {% endfor %}
  {% for appendix in appendices %}
    <section class="appendix{% if appendix.landscape %} landscape{% endif %}">
      <div class="appendix-head">
        <p class="label">Phụ lục {{ appendix.roman }}</p>
        <p class="name">{{ appendix.name }}</p>
      </div>
      <table class="data">
        <colgroup><col class="c-no"><col><col class="c-money"></colgroup>
        <thead><tr><th>STT</th><th>Tên cơ sở</th><th>Số tiền</th></tr></thead>
        <tbody>
          {% for row in rows %}
            <tr><td class="centre">{{ forloop.counter }}</td><td>{{ row.name }}</td>
              <td class="amount">{{ row.amount|vnd }}</td></tr>
          {% endfor %}
        </tbody>
      </table>
    </section>
  {% endfor %}
{% endblock %}
"""


def _signature(name, **changes):
    nothing = dict.fromkeys(("party", "on_behalf", "mode", "capacity", "post", "manner"), "")
    return nothing | {"name": name} | changes


def _parties(count):
    posts = ["Giám đốc", "Phó Giám đốc Trung tâm Khuyến công và Tư vấn phát triển công nghiệp"]
    return [
        _signature(f"Nguyễn Văn Mẫu {number}", party=f"Đại diện bên thứ {number}", post=posts[number == 2])
        for number in range(1, count + 1)
    ]


CONTEXT = {
    "draft": True,
    "sample_note": "Dữ liệu mẫu: mọi tên và số là giả định.",
    "verify": None,
    "issuer": {"parent": "UBND tỉnh Mẫu", "name": ["Sở Công Thương"]},
    "number_text": "",
    "symbol": "TB-SCT",
    "place": "Mẫu",
    "date": None,
    "subject": ["Thành phần thể thức", "và bố cục"],
    "grounds": ["Căn cứ Nghị định số 30/2020/NĐ-CP", "Theo đề nghị của Chánh Văn phòng Sở"],
    "long_name": LONG_NAME,
    "large_amount": 999_999_000_000_000,
    "missing": None,
    "addressees": ["Ủy ban nhân dân tỉnh", "Các Sở, ban, ngành tỉnh"],
    "points": [f"điểm thứ {number}" for number in range(1, 25)],
    "rows": [
        {
            "name": LONG_NAME if number % 7 == 0 else f"Cơ sở mẫu số {number}",
            "code": f"CS-{number:04d}",
            "amount": 38_000_000,
        }
        for number in range(1, 41)
    ],
    "recipients": ["Như trên", "Lưu: VT, QLCN"],
    "modes": [
        _signature("Lê Văn Mẫu", mode="TM", capacity="Ủy ban nhân dân", post="Chủ tịch"),
        _signature("Trần Thị Mẫu", on_behalf="Ủy ban nhân dân", mode="KT", capacity="Chủ tịch", post="Phó Chủ tịch"),
        _signature("Đỗ Văn Mẫu", mode="Q", post="Giám đốc"),
    ],
    "party_sets": [_parties(count) for count in (2, 3, 4, 12)],
    "appendices": [
        {"roman": "I", "name": "Danh mục thứ nhất", "landscape": False},
        {"roman": "II", "name": "Danh mục khổ ngang", "landscape": True},
        {"roman": "III", "name": "Danh mục khổ ngang thứ hai", "landscape": True},
    ],
}


def specimen(**changes) -> str:
    """The HTML of the paper."""
    return engines["django"].from_string(TEMPLATE).render(CONTEXT | changes)
