"""Pictures drawn anew: what is seen stays, what the camera or somebody wrote beside it does not."""

from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageOps

# A photograph is kept as large as it is printed on A4; a scan at 350 dpi is as large.
LONGEST_SIDE = 4096
JPEG_QUALITY = 90


def redrawn(upload, kind):
    """The picture of an upload as a new file of the same kind, upright, without metadata, not larger than needed."""
    upload.file.seek(0)
    with Image.open(upload.file) as image:
        form = image.format
        # Decodes a large photograph at half or a quarter of its size at once.
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        picture = ImageOps.exif_transpose(image)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    transparency = picture.info.get("transparency")
    picture.info.clear()
    written = BytesIO()
    if form == "JPEG":
        picture.convert("L" if picture.mode == "L" else "RGB").save(written, "JPEG", quality=JPEG_QUALITY)
    elif transparency is None:
        picture.save(written, "PNG")
    else:
        picture.save(written, "PNG", transparency=transparency)
    return SimpleUploadedFile(upload.name, written.getvalue(), kind.content_type)
