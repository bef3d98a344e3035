"""ClickHouse's HTTP interface in front of the engine as a library.

Started by the Rust side of this crate. One thread per connection; the engine does its work outside
Python's lock, so threads are enough. Speaks what the `clickhouse` crate, `clickhouse-connect` and
curl use: query in URL or body, inserts of any size, streamed results, settings and parameters,
compression, users, exception codes, summary. Behaviour and texts follow the real server.
"""

import argparse
import os
import signal
import socket
import sys
import threading
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
# An engine that is asked to stop waits this long for running statements.
STOP_SECONDS = 20


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packages", required=True, help="folder with the engine and the codecs")
    parser.add_argument("--dir", required=True, help="folder of the data")
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1, 0 for any")
    parser.add_argument("--name", default=socket.gethostname(), help="X-ClickHouse-Server-Display-Name")
    parser.add_argument("--user", default="default", help="the password is in BACKFLEET_CLICKHOUSE_PASSWORD")
    parser.add_argument("--faults", action="store_true", help="accept planned faults on /__fault")
    arguments = parser.parse_args()
    # The interpreter runs isolated (-I -S): only these two folders beside the standard library.
    sys.path[:0] = [HERE, arguments.packages]
    # Before the engine, which takes a while: a taken port is known at once.
    listener = listen(arguments.port)
    serve(listener, arguments)


def listen(port):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # A killed predecessor's connections may linger on the port.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        sys.exit(f"cannot listen on 127.0.0.1:{port}: {error}")
    return listener


def serve(listener, arguments):
    os.makedirs(arguments.dir, exist_ok=True)
    from engine import Engine
    from service import Service

    engine = Engine(arguments.dir)
    password = os.environ.pop("BACKFLEET_CLICKHOUSE_PASSWORD", "")
    service = Service(engine, arguments.name, arguments.user, password, arguments.faults)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    listener.listen(256)
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    try:
        while True:
            client, _ = listener.accept()
            threading.Thread(target=converse, args=(service, client), daemon=True).start()
    finally:
        listener.close()
        if service.wait_until_idle(STOP_SECONDS):
            engine.close()
        # Threads still wait for the next request of kept connections; nobody waits for them.
        sys.stdout.flush()
        os._exit(0)


def converse(service, client):
    """All requests of one connection."""
    from errors import Truncated
    from faults import Dropped
    from wire import BadRequest, Connection

    connection = Connection(client)
    try:
        while service.answer_next(connection):
            pass
    except BadRequest as error:
        connection.reply(400, {"Connection": "close"}, f"{error}\n".encode())
    except (Truncated, Dropped, ConnectionError):
        pass
    except Exception:
        traceback.print_exc()
    finally:
        connection.close()


if __name__ == "__main__":
    main()
