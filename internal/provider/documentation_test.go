// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// atLeast is how many of the examples on the pages of terraform-provider-openstack 3.4 must validate after the guide's sed. The others
// refer to other examples on their page, and one has an image on a volume without a size, which Nova refuses.
const atLeast = 108

var (
	family  = regexp.MustCompile(`^(compute|networking|blockstorage|images)_`)
	fenced  = regexp.MustCompile("(?s)```(?:hcl|terraform)\n(.*?)```")
	foreign = regexp.MustCompile(`(?ms)^(resource|data) "(openstack_[a-z0-9_]+)" "([^"]+)" \{(?:.*?^\}|\})`)
)

// TestDocumentationOfThePeer validates every example on the pages of the four families, as `terraform validate` does and after the
// guide's sed. OPENSTACK_PROVIDER_DIR is a checkout of terraform-provider-openstack; without it the test is skipped.
func TestDocumentationOfThePeer(t *testing.T) {
	t.Parallel()
	from := os.Getenv("OPENSTACK_PROVIDER_DIR")
	if from == "" {
		t.Skip("OPENSTACK_PROVIDER_DIR names no checkout of terraform-provider-openstack")
	}
	vc := acctest.Start(t, vcsim.Options{})
	ws := vc.NewWorkspace(t, vc.Wire(t), "")
	var failed []string
	examples := peerExamples(t, from)
	for name, text := range examples {
		ws.Configure(alone(ported(t, text)))
		if out, err := ws.Run("validate", "-no-color"); err != nil {
			failed = append(failed, name+"\n"+out)
		}
	}
	t.Logf("%d of %d validate", len(examples)-len(failed), len(examples))
	if len(examples)-len(failed) < atLeast {
		t.Errorf("fewer than %d:\n%s", atLeast, strings.Join(failed, "\n"))
	} else if len(failed) > 0 {
		t.Log(strings.Join(failed, "\n"))
	}
}

// peerExamples returns the examples of the four families, by page and number.
func peerExamples(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, kind := range []string{"resources", "data-sources"} {
		pages, err := filepath.Glob(filepath.Join(dir, "docs", kind, "*.md"))
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range pages {
			if !family.MatchString(filepath.Base(page)) {
				continue
			}
			text, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			for i, block := range fenced.FindAllStringSubmatch(string(text), -1) {
				out[fmt.Sprintf("%s/%s, example %d", kind, filepath.Base(page), i+1)] = block[1]
			}
		}
	}
	if len(out) == 0 {
		t.Fatalf("%s has no pages of terraform-provider-openstack", dir)
	}
	return out
}

// alone replaces resources that stay the OpenStack provider's, such as a project of Keystone, by Terraform's own resource: the guide
// keeps that provider for them, and a test has none.
func alone(text string) string {
	for _, block := range foreign.FindAllStringSubmatch(text, -1) {
		text = strings.Replace(text, block[0], fmt.Sprintf("resource \"terraform_data\" %q {}", block[3]), 1)
		text = strings.ReplaceAll(text, "data."+block[2]+"."+block[3], "terraform_data."+block[3])
		text = strings.ReplaceAll(text, block[2]+"."+block[3], "terraform_data."+block[3])
	}
	return text
}
