import argparse

import keyring
import pandas as pd
import sqlalchemy
from sshtunnel import SSHTunnelForwarder

SQL = "select region, product_group, sum(amount) as amount from sales.monthly where month = :month group by 1, 2"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--month", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    with SSHTunnelForwarder(
        ("bastion.example", 22),
        ssh_username="reports",
        remote_bind_address=("replica.corp.example", 5432),
        local_bind_address=("127.0.0.1", 0),
    ) as tunnel:
        secret = keyring.get_password("sales-replica", "reports")
        url = sqlalchemy.URL.create("postgresql", "reports", secret, "127.0.0.1", tunnel.local_bind_port, "sales")
        frame = pd.read_sql(sqlalchemy.text(SQL), sqlalchemy.create_engine(url), params={"month": args.month})
    frame.to_excel(args.out, index=False)


if __name__ == "__main__":
    main()
