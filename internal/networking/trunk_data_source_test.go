// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccTrunkData: a trunk is found by each argument.
func TestAccTrunkData(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	bring := func(kind string, arguments args) protocol.Object {
		return p.Bring("novasphere_networking_"+kind, arguments, protocol.Object{})
	}
	port := func(network protocol.Object) string {
		return bring("port", args{"network_id": network.Text("id")}).Text("id")
	}
	flat := bring("network", args{"name": "lab", "segments": block(args{"network_type": "flat"})})
	vlan := bring("network", args{"name": "vlan", "segments": block(args{"segmentation_id": 101})})
	first, second := port(flat), port(flat)
	one := bring("trunk", args{"name": "it", "description": "one", "port_id": first, "tags": []any{"a", "b"},
		"sub_port": block(args{"port_id": port(vlan), "segmentation_type": "inherit"})})
	two := bring("trunk", args{"name": "it", "port_id": second, "admin_state_up": false})
	finds(t, p, "trunk", one, args{"trunk_id": one.Text("id")}, args{"description": "one", "name": "it", "region": "here"},
		args{"port_id": first}, args{"tags": []any{"b"}, "status": "DOWN"}, args{"admin_state_up": true})
	finds(t, p, "trunk", two, args{"port_id": second, "project_id": "me"}, args{"admin_state_up": false})
	refusedQueries(t, vc, "trunk", map[string]refusal{
		"none":      {args{"name": "other"}, "", "no trunk that fits what is written"},
		"a tag":     {args{"tags": []any{"a", "c"}}, "", "no trunk that fits what is written"},
		"no status": {args{"status": "ACTIVE"}, "", "no trunk that fits what is written"},
		"several":   {args{"name": "it"}, "trunk_id", two.Text("id")},
		"all":       {args{}, "trunk_id", one.Text("id")},
	})
}
