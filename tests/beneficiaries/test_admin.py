import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from beneficiaries.models import Facility, IndustrialCluster
from khuyencong.models import AuditEntry, Role
from tests import stories
from tests.factories import FacilityFactory, UserFactory, commune_of, thai_nguyen, vinh_long

pytestmark = pytest.mark.django_db
FACILITIES = "/quan-tri/beneficiaries/facility/"
PAGES = (
    "/quan-tri/",
    FACILITIES,
    f"{FACILITIES}import/",
    f"{FACILITIES}export/",
    "/quan-tri/beneficiaries/industry/",
    "/quan-tri/beneficiaries/industrialcluster/add/",
)


@pytest.fixture
def house():
    return stories.make_house()


@pytest.fixture
def admin(client):
    person = UserFactory(role=Role.ADMIN, organisation=None, is_staff=True, is_superuser=True)
    client.force_login(person)
    client.person = person
    return client


@pytest.mark.parametrize("page", PAGES)
def test_pages_open_for_the_administrator(admin, page):
    FacilityFactory()
    assert admin.get(page).status_code == 200


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("who", ["officer", "reviewer", "director", "viewer"])
def test_pages_are_closed_to_everyone_else(client, house, who, page):
    client.force_login(getattr(house, who))
    assert client.get(page).url == f"{reverse('admin:login')}?next={page}"


def test_staff_without_the_right_may_not_exchange(client, house):
    person = UserFactory(organisation=house.centre, is_staff=True, role=Role.ADMIN)
    client.force_login(person)
    assert [client.get(FACILITIES + page).status_code for page in ("", "import/", "export/")] == [403, 403, 403]

    person.user_permissions.add(Permission.objects.get(codename="view_facility"))
    assert [client.get(FACILITIES + page).status_code for page in ("", "import/", "export/")] == [200, 403, 200]


def test_staff_of_a_province_see_that_province(client, house):
    person = UserFactory(organisation=house.centre, is_staff=True, role=Role.ADMIN)
    person.user_permissions.add(Permission.objects.get(codename="view_facility"))
    client.force_login(person)
    FacilityFactory(name="Lò gốm Mang Thít")
    FacilityFactory(name="Trà Tân Cương", unit=commune_of(thai_nguyen()))
    response = client.get(FACILITIES)
    assertContains(response, "Lò gốm Mang Thít")
    assertNotContains(response, "Trà Tân Cương")


def test_search_needs_no_accents(admin):
    FacilityFactory(name="Lò gốm Mang Thít")
    FacilityFactory(name="Kẹo dừa")
    response = admin.get(FACILITIES, {"q": "gom thit"})
    assertContains(response, "Lò gốm Mang Thít")
    assertNotContains(response, "Kẹo dừa")


def test_records_are_only_looked_up(admin):
    facility = FacilityFactory()
    assert admin.get(f"{FACILITIES}add/").status_code == 403
    assert admin.post(f"{FACILITIES}{facility.pk}/change/", {"name": "Khác"}).status_code == 403
    assert admin.post(f"{FACILITIES}{facility.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Facility.objects.get() == facility


def test_export_gives_a_spreadsheet_at_once(admin):
    FacilityFactory(name="Lò gốm")
    response = admin.get(f"{FACILITIES}export/")
    assert response["Content-Type"].startswith("application/vnd.openxmlformats")
    assert response.content[:2] == b"PK"


def test_import_shows_first_and_saves_on_a_second_word(admin, house):
    head = 'Số trên cổng,Tên cơ sở,Hình thức pháp lý,"Xã, phường",Cơ quan quản lý'
    heads = [
        "Tên viết tắt", "Mã số thuế", "Số giấy đăng ký", "Ngày cấp", "\"Số nhà, đường, ấp\"", "\"Ngành, nghề\"",
        "Sản phẩm chính", "Năm thành lập", "Người đại diện", "Điện thoại", "Thư điện tử", "Số lao động",
        "Tổng nguồn vốn (đồng)", "Doanh thu năm gần nhất (đồng)",
    ]  # fmt: skip
    row = f',Gạch Cái Nhum,Hộ kinh doanh,"{commune_of(vinh_long())}",{house.centre}' + "," * len(heads)
    text = "\n".join([",".join([head, *heads]), row])
    upload = SimpleUploadedFile("co-so.csv", text.encode(), "text/csv")

    preview = admin.post(f"{FACILITIES}import/", {"format": "1", "import_file": upload, "resource": ""})
    assertContains(preview, "Gạch Cái Nhum")
    assert Facility.objects.count() == 0

    admin.post(f"{FACILITIES}process_import/", preview.context["confirm_form"].initial)
    facility = Facility.objects.get()
    assert (facility.name, facility.owner, facility.created_by) == ("Gạch Cái Nhum", house.centre, admin.person)
    assert AuditEntry.objects.about(facility).get().actor == admin.person


def test_cluster_takes_its_place_by_name(admin):
    url = "/quan-tri/beneficiaries/industrialcluster/add/"
    commune = commune_of(vinh_long())
    response = admin.post(url, {"name": "Cụm Phú Long", "unit": "không đâu"})
    assertContains(response, "Không tìm thấy “không đâu”")
    admin.post(url, {"name": "Cụm Phú Long", "unit": str(commune)})
    assert IndustrialCluster.objects.get().unit == commune
