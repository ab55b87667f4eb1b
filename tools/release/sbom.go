package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"
)

// writeSBOM writes out/dualstack.spdx.json. Its time is that of the commit, and
// its namespace has the program's digest in place of a random number: both
// make the document as reproducible as the program.
func writeSBOM(out string, p program, modules []module) error {
	var text bytes.Buffer
	if err := json.Write(document(p, modules), &text, json.Indent("  ")); err != nil {
		return err
	}
	return writeFile(filepath.Join(out, "dualstack.spdx.json"), text.Bytes())
}

// document returns the SBOM: the program, and each module linked into it.
func document(p program, modules []module) *v2_3.Document {
	doc := &v2_3.Document{
		SPDXVersion:       v2_3.Version,
		DataLicense:       v2_3.DataLicense,
		SPDXIdentifier:    "DOCUMENT",
		DocumentName:      fmt.Sprintf("dualstack %s %s/%s", p.version, p.goos, p.goarch),
		DocumentNamespace: fmt.Sprintf("https://%s/spdx/dualstack-%s-%s-%s-%s", p.module, p.version, p.goos, p.goarch, p.sha256),
		CreationInfo: &v2_3.CreationInfo{
			Creators: []common.Creator{
				{CreatorType: "Organization", Creator: "dualstack-dev"},
				{CreatorType: "Tool", Creator: p.module + "/tools/release"},
			},
			Created: p.time.Format(time.RFC3339),
		},
	}
	own := ownPackage(p, modules[0])
	doc.Packages = append(doc.Packages, own)
	doc.Relationships = append(doc.Relationships, relationship(doc.SPDXIdentifier, common.TypeRelationshipDescribe, own.PackageSPDXIdentifier))
	for _, m := range modules[1:] {
		dep := modulePackage(m)
		doc.Packages = append(doc.Packages, dep)
		doc.Relationships = append(doc.Relationships, relationship(own.PackageSPDXIdentifier, common.TypeRelationshipDependsOn, dep.PackageSPDXIdentifier))
	}
	return doc
}

// ownPackage returns the package of the program itself, whose file it names.
func ownPackage(p program, m module) *v2_3.Package {
	own := modulePackage(m)
	own.PackageName = "dualstack"
	own.PackageFileName = "dualstack"
	own.PrimaryPackagePurpose = "APPLICATION"
	own.PackageDownloadLocation = fmt.Sprintf("git+https://%s@%s", p.module, p.revision)
	own.PackageChecksums = []common.Checksum{{Algorithm: common.SHA256, Value: p.sha256}}
	own.PackageSourceInfo = fmt.Sprintf("built by %s for %s/%s from commit %s", p.goVersion, p.goos, p.goarch, p.revision)
	return own
}

// modulePackage returns the package of a module. SPDX has no place for the sum of
// go.sum, which is that of a list of files: it stands in the source info.
func modulePackage(m module) *v2_3.Package {
	pack := &v2_3.Package{
		PackageName:               m.path,
		PackageSPDXIdentifier:     identifier(m.path),
		PackageVersion:            m.version,
		PackageDownloadLocation:   "NOASSERTION",
		IsFilesAnalyzedTagPresent: true,
		PackageLicenseConcluded:   m.licences(),
		PackageLicenseDeclared:    m.licences(),
		PackageCopyrightText:      "NOASSERTION",
		PrimaryPackagePurpose:     "LIBRARY",
		PackageExternalReferences: []*v2_3.PackageExternalReference{{
			Category: common.CategoryPackageManager,
			RefType:  common.TypePackageManagerPURL,
			Locator:  fmt.Sprintf("pkg:golang/%s@%s", m.path, strings.ReplaceAll(m.version, "+", "%2B")),
		}},
	}
	if m.sum != "" {
		pack.PackageSourceInfo = "go.sum " + m.sum
	}
	return pack
}

// identifier turns a module path into an SPDX identifier, which has letters,
// digits, dots and hyphens only. No two modules of a program differ by the other
// characters alone.
func identifier(path string) common.ElementID {
	return common.ElementID("Module-" + strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '.', r == '-':
			return r
		}
		return '-'
	}, path))
}

func relationship(from common.ElementID, kind string, to common.ElementID) *v2_3.Relationship {
	return &v2_3.Relationship{RefA: common.MakeDocElementID("", string(from)), RefB: common.MakeDocElementID("", string(to)), Relationship: kind}
}
