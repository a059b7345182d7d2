"""Servers of the tests that run beside each other leave each other alone."""

import pytest

from mysql_server import MysqlServer, mysql_server


def test_a_server_keeps_its_temporary_tables_to_itself(
    server: MysqlServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with mysql_server(tmp_path_factory.mktemp("other")) as other:
        folders = {str(one.execute("SELECT @@tmpdir")[0][0]) for one in (server, other)}
    assert len(folders) == 2
