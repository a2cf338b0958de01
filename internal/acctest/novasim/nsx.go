// SPDX-License-Identifier: MPL-2.0

package novasim

import (
	"net"
	"os"
	"path/filepath"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/bridge"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// NSX is an embedded NSX Manager beside the vCenter.
type NSX struct {
	*nsxsim.Manager
	bridge *bridge.Bridge
	caFile string // among the vCenter's own files, which go with it
}

// startNSX serves one on a free port of the address that the vCenter listens on, and joins the two.
func startNSX(v *vcsim.VCenter, listen, version string, report func(error)) (*NSX, error) {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return nil, err
	}
	manager, err := nsxsim.New(nsxsim.Options{Listen: net.JoinHostPort(host, "0"), Version: version})
	if err != nil {
		return nil, err
	}
	n := &NSX{Manager: manager, caFile: filepath.Join(filepath.Dir(v.CAFile), "nsx-ca.pem")}
	if err := os.WriteFile(n.caFile, manager.CertificatePEM(), 0o600); err != nil {
		manager.Close()
		return nil, err
	}
	n.bridge = bridge.Join(manager, v, bridge.Options{Report: report})
	return n, nil
}

func (n *NSX) close() {
	n.Close()
	n.bridge.Close()
}

// environment returns the variables of the provider's block nsx, which are those of terraform-provider-nsxt.
func (n *NSX) environment() [][2]string {
	trust := [2]string{"NSXT_CA_FILE", n.caFile}
	if !certified(n.Address()) {
		trust = [2]string{"NSXT_ALLOW_UNVERIFIED_SSL", "true"}
	}
	return [][2]string{{"NSXT_MANAGER_HOST", n.Address()}, {"NSXT_USERNAME", n.User}, {"NSXT_PASSWORD", n.Password}, trust}
}
