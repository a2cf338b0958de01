// SPDX-License-Identifier: MPL-2.0

package openstack_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

func TestAdopt(t *testing.T) {
	t.Parallel()
	text := openstack.ImportHint("novasphere_compute_instance", "11111111-2222-3333-4444-555555555555")
	for _, part := range []string{"states of other workspaces first", "a destroy prints none", "above the error of an apply",
		`id = "11111111-2222-3333-4444-555555555555"`} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in:\n%s", part, text)
		}
	}
	if strings.Contains(text, "below") || !strings.HasSuffix(text, "\n}") {
		t.Errorf("it does not end with its block, or says where no address stands:\n%s", text)
	}
}

func TestMarkTellsAge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ago  time.Duration
		want string
	}{{3 * time.Minute, `^anna made it at 20\S+Z \(3m\ds ago\)$`}, {-time.Minute, `\(0s ago\)$`}} {
		m := &openstack.Mark{By: "anna", At: time.Now().UTC().Add(-c.ago).Truncate(time.Second)}
		if text := m.Made(); !regexp.MustCompile(c.want).MatchString(text) {
			t.Errorf("%q is not %s", text, c.want)
		}
	}
	var nobody *openstack.Mark
	if text := nobody.Made() + nobody.Clause(); text != "this provider did not make it" {
		t.Errorf("%q", text)
	}
}
