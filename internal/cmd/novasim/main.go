// SPDX-License-Identifier: MPL-2.0

// Command novasim runs the simulated vCenter of this project's tests as a program, for demonstrations and for tests of modules that use
// the provider, with -nsx a simulated NSX Manager beside it, and with -nova the machines that Nova's own driver was recorded to make. It
// serves on the loopback interface and forgets everything when it ends.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/novasim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/replay"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/release"
)

// version and commit are set by the build of a release; make novasim sets the version alone.
var version, commit = "dev", ""

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "novasim:", err)
		os.Exit(1)
	}
}

// run serves until the context ends.
func run(ctx context.Context, args []string, out io.Writer) error {
	var o novasim.Options
	flags := flag.NewFlagSet("novasim", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&o.VCenter.Listen, "listen", "127.0.0.1:0", "address to serve on; port 0 is a free one")
	flags.BoolVar(&o.VCenter.Unmodified, "unmodified", false, "govmomi's simulator as it is, without this project's rules")
	flags.IntVar(&o.VCenter.ForeignVMs, "foreign", 0, "number of virtual machines that are nobody's")
	flags.BoolVar(&o.Nova, "nova", false, "machines as Nova's own driver left them, to try leaving Nova")
	flags.BoolVar(&o.NSX, "nsx", false, "an embedded NSX Manager too, joined to the vCenter")
	flags.StringVar(&o.Version, "nsx-version", nsxsim.DefaultVersion, "what the NSX Manager says its version is")
	told := flags.Bool("version", false, "print the version and the commit, and end")
	env := flags.String("env", "", "file to write the provider's environment to, for a shell to source; removed at the end")
	if err := flags.Parse(args); err != nil {
		if err == flag.ErrHelp {
			return nil
		}
		return err
	}
	if *told {
		_, err := fmt.Fprintln(out, release.Line("novasim", version, commit))
		return err
	}
	o.Report = func(err error) { fmt.Fprintln(os.Stderr, "novasim:", err) }
	s, err := novasim.Start(ctx, o)
	if err != nil {
		return err
	}
	defer s.Close()
	return serve(ctx, out, *env, exports(s.Environment()), about(s))
}

// serve tells how to reach what is served, in a file too where one is named, until the context ends.
func serve(ctx context.Context, out io.Writer, file, exports, about string) error {
	if file != "" {
		if err := os.WriteFile(file, []byte(exports), 0o600); err != nil {
			return err
		}
		defer func() { _ = os.Remove(file) }()
	}
	if _, err := fmt.Fprint(out, exports, about); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// exports sets variables in shell syntax.
func exports(variables [][2]string) string {
	var b strings.Builder
	for _, pair := range variables {
		fmt.Fprintf(&b, "export %s=%s\n", pair[0], quoted(pair[1]))
	}
	return b.String()
}

// quoted quotes a word for POSIX shells.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// about tells what there is.
func about(s *novasim.Simulation) string {
	text := inventory
	if s.NSX != nil {
		text = nsxInventory + text
	}
	if len(s.Nova) > 0 {
		text += fmt.Sprintf("#   nova      %d machines in %s\n", len(s.Nova), replay.Folder)
	}
	return text + "# Interrupt to stop.\n"
}

const nsxInventory = `
# NSX
#   zone      overlay (default), vlan, each on every distributed switch
#   edges     edge-cluster
#   tier-0    tier-0
`

const inventory = `
# datacenter dc1
#   cluster   compute: esx-1, esx-2, esx-3, each with 16 cores and 128 GiB
#   datastore vmfs-1 (8 TiB), vmfs-2 (1 TiB)
#   network   public (VLAN 100), private (VLAN 200), nsx-segment on dvs-1; VM Network
#   image     images/debian-12, images/ubuntu-24.04, images/windows-2022
#   library   images: cirros-lib
#   flavor    g1.small (1 vcpu, 2 GB), g1.medium (2, 4 GB), g1.large (4, 8 GB)
`
