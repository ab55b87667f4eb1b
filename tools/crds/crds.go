// Package crds pins the modules whose CustomResourceDefinitions the chart is
// tested with. Their Go packages are not used: these two are the smallest.
package crds

import (
	_ "github.com/cert-manager/cert-manager/pkg/apis/certmanager"
	_ "github.com/prometheus-operator/prometheus-operator/pkg/versionutil"
)
