// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestLostHost: the answer to the addition of a host is lost while vCenter still connects to it. It is added once, and bears our mark.
func TestLostHost(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	vc.AddHostsIn(300 * time.Millisecond)
	wire := vc.Wire(t)
	c := clientOver(t, vc, wire)
	wire.Cut("AddHost_Task", acctest.CutAfter)
	node := added(t, c, "esx-8")
	if calls, _ := wire.Take(); calls["AddHost_Task"] != 1 {
		t.Errorf("the host was added %d times", calls["AddHost_Task"])
	}
	if now, err := c.Nodes.ComputeNode(t.Context(), node.ID); err != nil || now.Mark == nil || now.Hostname != "esx-8" {
		t.Errorf("the vCenter holds %+v, %v", now, err)
	}
}
