#!/bin/sh
# Guess: client-go's pager survives a continue token that expires between two pages,
# whichever of its methods one calls, since FullListIfExpired is on by default.
#
# Seen: List does; EachListItem and EachListItemWithAlloc return the error 410
# "Expired" after the pages that came before it. Only List looks at
# FullListIfExpired.
#
# k8s.io/client-go v0.37.2, tools/pager. Needs Go and the Go module proxy.
set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
cat > go.mod <<'MOD'
module finding

go 1.26.0

require (
	k8s.io/api v0.37.2
	k8s.io/apimachinery v0.37.2
	k8s.io/client-go v0.37.2
)
MOD
cat > main.go <<'GO'
package main

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/pager"
)

// page answers as an API server whose second page has expired: 410, and all of the
// list to whoever asks without a limit.
func page(_ context.Context, options metav1.ListOptions) (runtime.Object, error) {
	list := &corev1.PodList{Items: make([]corev1.Pod, 2)}
	switch {
	case options.Continue != "":
		return nil, errors.NewResourceExpired("the continue parameter is too old")
	case options.Limit > 0:
		list.Continue = "token"
	default:
		list.Items = make([]corev1.Pod, 4)
	}
	return list, nil
}

func main() {
	p := pager.New(page)
	p.PageSize = 2
	all, _, err := p.List(context.Background(), metav1.ListOptions{})
	fmt.Println("List:", meta.LenList(all), err)
	for _, method := range []struct {
		name string
		each func(context.Context, metav1.ListOptions, func(runtime.Object) error) error
	}{{"EachListItem", p.EachListItem}, {"EachListItemWithAlloc", p.EachListItemWithAlloc}} {
		seen := 0
		err := method.each(context.Background(), metav1.ListOptions{}, func(runtime.Object) error { seen++; return nil })
		fmt.Println(method.name+":", seen, errors.IsResourceExpired(err))
	}
}
GO
go mod tidy >/dev/null 2>&1
got=$(go run .)
want='List: 4 <nil>
EachListItem: 2 true
EachListItemWithAlloc: 2 true'
echo "$got"
[ "$got" = "$want" ]
