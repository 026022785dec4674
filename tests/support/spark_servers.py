"""Servers of Spark as a team has them, on loopback: Spark Connect, and a master with one worker.

In: a folder. Out: their addresses. The programs are those of the PySpark that is installed.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.support.engines import find_java, needed

CONNECT = "org.apache.spark.sql.connect.service.SparkConnectServer"
_LITTLE = {
    "spark.driver.memory": "1g",
    "spark.executor.memory": "600m",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.session.timeZone": "America/St_Johns",
    "spark.ui.enabled": "false",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}
_PATIENCE = 90


@contextmanager
def connect_server(
    folder: Path, **environment: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of a new server whose tables are in a folder, and its process."""
    needed("grpc", "pyspark[connect]", "spark")
    port = free_port()
    settings = {
        **_LITTLE,
        "spark.connect.grpc.binding.address": "localhost",
        "spark.connect.grpc.binding.port": str(port),
        "spark.sql.warehouse.dir": str(folder / "tables"),
        "spark.local.dir": str(folder),
    }
    options = [f"--conf={name}={value}" for name, value in settings.items()]
    command = ["spark-submit", "--class", CONNECT, "--master", "local[2]", *options]
    with _running(folder, command, port, environment) as process:
        yield f"sc://localhost:{port}", process


@contextmanager
def master(folder: Path, configuration: Path) -> Iterator[str]:
    """The address of a master with one worker; drivers find their settings in `configuration`."""
    port = free_port()
    place = ["--host", "127.0.0.1", "--webui-port", "0"]
    begun = ["spark-class", "org.apache.spark.deploy.master.Master", "--port", str(port), *place]
    work = ["--cores", "2", "--memory", "1g", "--work-dir", str(folder / "work"), *place]
    address = f"spark://127.0.0.1:{port}"
    worker = ["spark-class", "org.apache.spark.deploy.worker.Worker", *work, address]
    with ExitStack() as stack:
        stack.enter_context(_running(folder, begun, port, {}))
        stack.enter_context(_running(folder, worker, None, {}))
        settings = {**_LITTLE, "spark.driver.host": "127.0.0.1", "spark.local.dir": str(folder)}
        lines = "".join(f"{name} {value}\n" for name, value in settings.items())
        configuration.mkdir()
        (configuration / "spark-defaults.conf").write_text(lines, "utf-8")
        yield address


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def _running(
    folder: Path, command: list[str], port: int | None, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """A program of Spark that is up; it and all it started are gone afterwards."""
    home = Path(needed("pyspark", "pyspark", "spark").__file__).parent
    find_java()
    own = {"SPARK_HOME": str(home), "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    log = folder / f"{command[1].rpartition('.')[2]}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [home / "bin" / command[0], *command[1:]],
            cwd=folder,
            env={**os.environ, **own, **environment},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            if port is not None:
                _wait(process, port, log)
            yield process
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text("utf-8", "replace")[-2000:]
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(log.read_text("utf-8", "replace")[-2000:])
