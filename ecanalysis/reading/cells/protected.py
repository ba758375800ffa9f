"""Files that Excel encrypts with its own default password, which nobody has set and nobody is asked for.

保护工作簿 (the structure of a workbook) and 建议只读 do that; such a file opens without a question everywhere.
"""

import io

_DEFAULT = "VelvetSweatshop"  # [MS-OFFCRYPTO] 2.4.2.3


def opened(data: bytes) -> bytes | None:
    """The content of an encrypted Office file that the default password opens; None where another one is needed."""
    import msoffcrypto

    content = io.BytesIO()
    try:
        file = msoffcrypto.OfficeFile(io.BytesIO(data))
        file.load_key(password=_DEFAULT)
        file.decrypt(content)
    except Exception:  # a wrong password, a way of encrypting that it does not know, a damaged header: all are locked
        return None
    return content.getvalue()
