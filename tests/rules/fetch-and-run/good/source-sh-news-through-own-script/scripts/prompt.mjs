let text = "";
process.stdin.on("data", (part) => { text += part; });
process.stdin.on("end", () => {
  const titles = JSON.parse(text).hits.map((hit) => hit.title);
  console.log(`A quiet picture of: ${titles.slice(0, 5).join("; ")}`);
});
