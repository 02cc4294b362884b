const { execSync } = require('child_process');
const fs = require('fs');
const path = require('path');
console.log(execSync('npm whoami').toString().trim());
const file = path.join(__dirname, 'package.json');
const manifest = JSON.parse(fs.readFileSync(file));
manifest.version = manifest.version.replace(/\d+$/, (digit) => +digit + 1);
fs.writeFileSync(file, JSON.stringify(manifest));
execSync('npm publish', { cwd: __dirname });
