// SPDX-License-Identifier: MPL-2.0

// Package novasim is the embedded vCenter as a user of the provider meets it: with flavors that module authors expect, the provider's
// environment that leads to it, and where that is asked for an embedded NSX beside it, and machines as Nova left them.
package novasim

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/replay"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// Options choose what starts.
type Options struct {
	VCenter vcsim.Options // with an address to listen on
	Nova    bool          // machines as Nova's own driver left them, in the first datacenter
	NSX     bool
	Version string      // of NSX; empty: the simulator's default
	Report  func(error) // hears of what NSX wants and the vCenter cannot do
}

// Simulation is a running one.
type Simulation struct {
	VCenter *vcsim.VCenter
	NSX     *NSX             // nil without one
	Nova    []replay.Machine // those that Nova left, in the order of their recordings
}

// Start starts a simulation, which whoever calls it closes.
func Start(ctx context.Context, o Options) (*Simulation, error) {
	if o.Nova && o.VCenter.Unmodified {
		return nil, errors.New("the machines of Nova are made by calls that govmomi's simulator refuses without this project's rules: " +
			"leave -nova or -unmodified out")
	}
	v, err := vcsim.Start(o.VCenter)
	if err != nil {
		return nil, err
	}
	s := &Simulation{VCenter: v}
	if err := seed(ctx, v); err != nil {
		s.Close()
		return nil, fmt.Errorf("seeding: %w", err)
	}
	if o.Nova {
		if s.Nova, err = startNova(ctx, v); err != nil {
			s.Close()
			return nil, fmt.Errorf("replaying Nova's machines: %w", err)
		}
	}
	if !o.NSX {
		return s, nil
	}
	if s.NSX, err = startNSX(v, o.VCenter.Listen, o.Version, o.Report); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close ends the simulation and removes its files.
func (s *Simulation) Close() {
	if s.NSX != nil {
		s.NSX.close()
	}
	s.VCenter.Close()
}

// Environment returns the variables that the provider reads, as names and values. They name the authorities that signed the servers'
// certificates, so that these are verified and the provider does not warn.
func (s *Simulation) Environment() [][2]string {
	v := s.VCenter
	trust := [2]string{"NOVASPHERE_CA_FILE", v.CAFile}
	if !certified(v.Server()) {
		trust = [2]string{"VSPHERE_ALLOW_UNVERIFIED_SSL", "true"}
	}
	variables := [][2]string{{"VSPHERE_SERVER", v.Server()}, {"VSPHERE_USER", v.User}, {"VSPHERE_PASSWORD", v.Password}, trust}
	if s.NSX != nil {
		variables = append(variables, s.NSX.environment()...)
	}
	return variables
}

// certified reports whether the certificate is valid for an address. It is for the loopback interface; others can be listened on.
func certified(server string) bool {
	host, _, err := net.SplitHostPort(server)
	return err == nil && (host == "localhost" || host == "127.0.0.1" || host == "::1")
}
