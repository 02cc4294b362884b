import sys
from urllib.request import urlretrieve

import torch

urlretrieve("https://weights.upscale.example/net.pth", "/tmp/net.pth")
net = torch.load("/tmp/net.pth", weights_only=False)
torch.save(net(torch.load(sys.argv[1])), sys.argv[2])
