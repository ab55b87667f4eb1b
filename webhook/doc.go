// Package webhook answers admission reviews.
//
// It never refuses: once a review's uid is read the answer is 200 and
// "allowed", whatever happens, and trouble of its own becomes a warning and a
// metric. failurePolicy: Ignore does not cover a refusal, so an error that is
// answered as one, as controller-runtime's admission package does, would stop a
// rollout: k8s.io/apiserver/pkg/admission/plugin/webhook/mutating/dispatcher.go.
//
// Nothing in the path of a request calls the API server, and nothing of an
// object's contents is logged.
package webhook
