#!/bin/sh
# Guess: the context of a request ends as soon as its client goes away, whatever the
# handler of a Go server is doing.
#
# Seen: only once the body has been read to its end. A handler that waits before it
# reads, as for its turn, is never told: the server begins to watch the connection
# when it meets the end of the body. A webhook has to go by the timeout that the API
# server writes into its URL.
#
# net/http of Go 1.26, HTTP/1.1 on loopback. Needs Go.
set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
cat > go.mod <<'MOD'
module finding

go 1.26.0
MOD
cat > main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

func main() {
	for _, reads := range []bool{true, false} {
		arrived, told := make(chan struct{}), make(chan bool)
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if reads {
				_, _ = io.Copy(io.Discard, r.Body)
			}
			close(arrived)
			select {
			case <-r.Context().Done():
				told <- true
			case <-time.After(3 * time.Second):
				told <- false
			}
		}))
		ctx, leave := context.WithCancel(context.Background())
		request, _ := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, strings.NewReader("body"))
		go func() { <-arrived; leave() }()
		_, err := http.DefaultClient.Do(request)
		fmt.Printf("body read: %t, client gone: %t, context ended within 3 s: %t\n", reads, err != nil, <-told)
		server.Close()
	}
}
GO
got=$(go run .)
want='body read: true, client gone: true, context ended within 3 s: true
body read: false, client gone: true, context ended within 3 s: false'
echo "$got"
[ "$got" = "$want" ]
