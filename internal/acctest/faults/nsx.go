package faults

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/bridge"
)

// NSX is an embedded NSX Manager beside a vCenter, whose calls are broken too.
type NSX struct {
	*nsxsim.Manager
	caFile string
}

// beside starts one that is joined to a vCenter.
func beside(t testing.TB, vc *acctest.VCenter) *NSX {
	t.Helper()
	manager := nsxsim.Start(t)
	joined := bridge.Join(manager, vc.VCenter, bridge.Options{Report: func(err error) { t.Error(err) }})
	t.Cleanup(joined.Close)
	return &NSX{Manager: manager, caFile: manager.CAFile(t)}
}

// ExpireSessions implements Server.
func (n *NSX) ExpireSessions() { n.Manager.ExpireSessions(http.StatusUnauthorized) }

// block returns the provider's block nsx.
func (n *NSX) block() string {
	return fmt.Sprintf("\n  nsx {\n    server   = %q\n    user     = %q\n    password = %q\n    ca_file  = %q\n  }\n", n.Address(), n.User,
		n.Password, n.caFile)
}
