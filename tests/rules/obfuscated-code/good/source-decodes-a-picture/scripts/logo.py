import base64
from pathlib import Path

DOT = 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7'
STYLE = base64.b64decode('Ym9keSB7IG1hcmdpbjogMDsgY29sb3I6IGJsYWNrOyBmb250LWZhbWlseTogc2VyaWYgfQ==')
Path('dot.gif').write_bytes(base64.b64decode(DOT))
Path('style.css').write_bytes(STYLE)
