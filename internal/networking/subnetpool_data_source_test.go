// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccSubnetPoolData: a pool is found by each argument.
func TestAccSubnetPoolData(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	bring := func(arguments args) protocol.Object {
		return p.Bring("novasphere_networking_subnetpool", with(args{"name": "all"}, arguments), protocol.Object{})
	}
	scope := p.Bring("novasphere_networking_addressscope", args{"name": "inside"}, protocol.Object{}).Text("id")
	four := bring(args{"prefixes": []any{"10.0.0.0/16"}, "description": "first", "address_scope_id": scope, "min_prefixlen": 20,
		"default_prefixlen": 24, "max_prefixlen": 28, "default_quota": 1024, "is_default": true, "tags": []any{"a", "b"}})
	six := bring(args{"prefixes": []any{"2001:db8::/48"}, "shared": true})
	finds(t, p, "subnetpool", four, args{"description": "first"}, args{"address_scope_id": scope}, args{"ip_version": 4},
		args{"min_prefixlen": 20}, args{"max_prefixlen": 28}, args{"default_prefixlen": 24}, args{"default_quota": 1024},
		args{"is_default": true, "name": "all", "region": "here"}, args{"tags": []any{"a"}}, args{"shared": false})
	finds(t, p, "subnetpool", six, args{"ip_version": 6, "project_id": "me"}, args{"shared": true}, args{"is_default": false})
	refusedQueries(t, vc, "subnetpool", map[string]refusal{
		"none":    {args{"name": "other"}, "", "no subnet pool that fits what is written"},
		"a tag":   {args{"tags": []any{"a", "c"}}, "", "no subnet pool that fits what is written"},
		"several": {args{"name": "all"}, "", "more than one subnet pool fits what is written: "},
		"all":     {args{}, "", six.Text("id")},
	})
}
