import { ethers } from "ethers";

export async function approve(erc20, spender, amount, ask) {
  if (!(await ask(`Allow ${spender} to spend ${amount}?`))) return;
  await erc20.approve(spender, amount);
}
