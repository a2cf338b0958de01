// SPDX-License-Identifier: MPL-2.0

// terraform-provider-novasphere gives vSphere the vocabulary of OpenStack.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/provider"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/release"
)

// version and commit are set by the build of a release; make build sets the version alone.
var version, commit = "dev", ""

// address is the provider's in the registry.
const address = "registry.terraform.io/terraform-provider-novasphere/novasphere"

// goodbye is how long the logout may take: Terraform kills a provider two seconds after it asked it to stop.
const goodbye = 1500 * time.Millisecond

func main() {
	debug := flag.Bool("debug", false, "wait for a debugger to attach")
	told := flag.Bool("version", false, "print the version and the commit, and end")
	flag.Parse()
	if *told {
		fmt.Println(release.Line("terraform-provider-novasphere", version, commit))
		return
	}
	tuneCollector()
	var options []tf6server.ServeOpt
	if *debug {
		options = append(options, tf6server.WithManagedDebug())
	} else { // a debugger's user reads everything
		quietLogs()
	}
	served := provider.New(version)
	err := tf6server.Serve(address, served.Server, options...)
	ctx, stop := context.WithTimeout(context.Background(), goodbye)
	defer stop()
	if failed := served.Close(ctx); failed != nil {
		log.Printf("[WARN] logging out: %s", failed)
	}
	if err != nil {
		log.Fatal(err)
	}
}
