// Package bench measures what a review costs, from the bytes of the request to
// the bytes of the answer:
//
//	go test -bench . -benchmem
//
// BenchmarkReview/CASE/HANDLER has three handlers for the same bytes. Dualstack
// is ours. Usual makes the same change in the usual way, a defaulter of
// controller-runtime on typed objects. Floor reads the request and allows it,
// so that nothing can be faster.
//
// BenchmarkHostile has bodies that are made to be dear, and TestHostile holds what
// they may allocate. The command in tls measures whole programs.
//
// The size in the name of a case is that of its object. The network, TLS and
// net/http are the same for all three and are left out, and so is the look-up
// of a namespace in its informer.
//
// The reviews in testdata are what a kube-apiserver 1.37.2 sent for objects
// that the replicaset-controller and helm would create; the sidecars are the
// work of the injector of Istio 1.31. Larger ones are grown from them.
//
// The module is one of its own so that who depends on the root module does not
// depend on what only a comparison needs.
package bench
