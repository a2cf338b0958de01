// Command novasim runs the simulated vCenter of this project's tests as a program, for demonstrations and for tests of modules that use
// the provider, and with -nsx a simulated NSX Manager beside it. It serves on the loopback interface and forgets everything when it ends.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/catalogue"
)

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
	var o vcsim.Options
	flags := flag.NewFlagSet("novasim", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&o.Listen, "listen", "127.0.0.1:0", "address to serve on; port 0 is a free one")
	flags.BoolVar(&o.Unmodified, "unmodified", false, "govmomi's simulator as it is, without this project's rules")
	flags.IntVar(&o.ForeignVMs, "foreign", 0, "number of virtual machines that are nobody's")
	withNSX := flags.Bool("nsx", false, "an embedded NSX Manager too, joined to the vCenter")
	version := flags.String("nsx-version", nsxsim.DefaultVersion, "what the NSX Manager says its version is")
	env := flags.String("env", "", "file to write the provider's environment to, for a shell to source; removed at the end")
	if err := flags.Parse(args); err != nil {
		if err == flag.ErrHelp {
			return nil
		}
		return err
	}
	v, err := vcsim.Start(o)
	if err != nil {
		return err
	}
	defer v.Close()
	if err := seed(ctx, v); err != nil {
		return fmt.Errorf("seeding: %w", err)
	}
	variables, about := environment(v), inventory
	if *withNSX {
		n, err := startNSX(v, *version, o.Listen)
		if err != nil {
			return err
		}
		defer n.close()
		variables, about = append(variables, n.environment()...), nsxInventory+inventory
	}
	return serve(ctx, out, *env, exports(variables), about)
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

// flavors are in the catalogue from the start, for modules that only look flavors up.
var flavors = []openstack.Flavor{
	{Name: "g1.small", VCPUs: 1, RAM: 2048, Disk: 20, RxTxFactor: 1, IsPublic: true, Description: "One core, for small things"},
	{Name: "g1.medium", VCPUs: 2, RAM: 4096, Disk: 40, RxTxFactor: 1, IsPublic: true, Description: "Two cores, for most things"},
	{Name: "g1.large", VCPUs: 4, RAM: 8192, Disk: 80, RxTxFactor: 1, IsPublic: true, Description: "Four cores, for databases",
		ExtraSpecs: map[string]string{"quota:memory_reservation": "8192"}},
}

// seed stores in the catalogue what module authors expect to find, through the provider's own client.
func seed(ctx context.Context, v *vcsim.VCenter) error {
	client := vcenter.New(vcenter.Config{Server: v.Server(), User: v.User, Password: v.Password, CAFile: v.CAFile, UserAgent: "novasim"})
	for _, f := range flavors {
		f.ID = catalogue.FlavorID(f.Name)
		if _, err := client.Flavors.Create(ctx, f); err != nil {
			return err
		}
	}
	v.ResetCalls()
	return client.Close(ctx)
}

// environment returns the variables that the provider reads. They name the authority that signed the server's certificate, so that the
// certificate is verified and the provider does not warn.
func environment(v *vcsim.VCenter) [][2]string {
	trust := [2]string{"NOVASPHERE_CA_FILE", v.CAFile}
	if !certified(v.Server()) {
		trust = [2]string{"VSPHERE_ALLOW_UNVERIFIED_SSL", "true"}
	}
	return [][2]string{{"VSPHERE_SERVER", v.Server()}, {"VSPHERE_USER", v.User}, {"VSPHERE_PASSWORD", v.Password}, trust}
}

// exports sets variables in shell syntax.
func exports(variables [][2]string) string {
	var b strings.Builder
	for _, pair := range variables {
		fmt.Fprintf(&b, "export %s=%s\n", pair[0], quoted(pair[1]))
	}
	return b.String()
}

// certified reports whether the certificate is valid for an address. It is for the loopback interface; -listen may name another.
func certified(server string) bool {
	host, _, err := net.SplitHostPort(server)
	return err == nil && (host == "localhost" || host == "127.0.0.1" || host == "::1")
}

// quoted quotes a word for POSIX shells.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

const inventory = `
# datacenter dc1
#   cluster   compute: esx-1, esx-2, esx-3, each with 16 cores and 128 GiB
#   datastore vmfs-1 (8 TiB), vmfs-2 (1 TiB)
#   network   public (VLAN 100), private (VLAN 200), nsx-segment on dvs-1; VM Network
#   image     images/debian-12, images/ubuntu-24.04, images/windows-2022
#   library   images: cirros-lib
#   flavor    g1.small (1 vcpu, 2 GB), g1.medium (2, 4 GB), g1.large (4, 8 GB)
# Interrupt to stop.
`
