// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccQoSPolicyData: a policy is found by each argument.
func TestAccQoSPolicyData(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	bring := func(arguments args) protocol.Object {
		return p.Bring("novasphere_networking_qos_policy", with(args{"name": "slow"}, arguments), protocol.Object{})
	}
	first := bring(args{"description": "first", "is_default": true, "tags": []any{"a", "b"}})
	second := bring(args{"shared": true})
	finds(t, p, "qos_policy", first, args{"description": "first"}, args{"is_default": true, "name": "slow", "region": "here"},
		args{"tags": []any{"a"}}, args{"shared": false})
	finds(t, p, "qos_policy", second, args{"shared": true, "project_id": "me"}, args{"is_default": false})
	refusedQueries(t, vc, "qos_policy", map[string]refusal{
		"none":    {args{"name": "fast"}, "", "no QoS policy that fits what is written"},
		"a tag":   {args{"tags": []any{"a", "c"}}, "", "no QoS policy that fits what is written"},
		"several": {args{"name": "slow"}, "", "more than one QoS policy fits what is written: "},
		"all":     {args{}, "", second.Text("id")},
	})
}
