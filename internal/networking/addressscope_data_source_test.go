// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccAddressScopeData: a scope is found by each argument.
func TestAccAddressScopeData(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	bring := func(arguments args) protocol.Object {
		return p.Bring("novasphere_networking_addressscope", arguments, protocol.Object{})
	}
	four, six := bring(args{"name": "inside", "shared": true}), bring(args{"name": "inside", "ip_version": 6})
	finds(t, p, "addressscope", four, args{"ip_version": 4}, args{"shared": true, "name": "inside", "region": "here"})
	finds(t, p, "addressscope", six, args{"ip_version": 6, "project_id": "me"}, args{"shared": false})
	both := "more than one address scope fits what is written: "
	refusedQueries(t, vc, "addressscope", map[string]refusal{
		"none":       {args{"name": "outside"}, "", "no address scope that fits what is written"},
		"several":    {args{"name": "inside"}, "", both},
		"all":        {args{}, "", six.Text("id")},
		"no version": {args{"ip_version": 5}, "", "no address scope that fits"},
	})
}
