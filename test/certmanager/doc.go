// Package certmanager tests the chart with certificates.mode certManager on a
// real cert-manager: its controllers and its CA injector run here, against a real
// API server with its CustomResourceDefinitions, and issue and inject what the
// chart asks for.
//
// The programs of cert-manager are modules of their own that cannot be required;
// what they run can be, so it runs in this process, with the programs' defaults
// and the user agents that become the names of field managers. Left out are the
// controllers for what the chart does not make, such as ACME's, and the webhook,
// which changes nothing: it refuses what is invalid, and that the chart's objects
// are valid shows when they are issued. Here cert-manager may do everything; its
// rights are not the subject.
//
// The module is one of its own so that who depends on the root module does not
// depend on cert-manager.
package certmanager
