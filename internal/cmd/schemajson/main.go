// SPDX-License-Identifier: MPL-2.0

// Command schemajson prints the provider's schemas in the format of `terraform providers schema -json`, by calling the provider in this
// process. The documentation is made from it and so does not depend on an installed CLI: older ones omit what they do not know.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/provider"
)

func main() {
	server := providerserver.NewProtocol6(provider.New("docs"))()
	if err := run(context.Background(), server, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "schemajson:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, server tfprotov6.ProviderServer, out io.Writer) error {
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return err
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return err
	}
	if err := problems(append(schemas.Diagnostics, identities.Diagnostics...)); err != nil {
		return err
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(object{
		"format_version":   "1.0",
		"provider_schemas": object{"novasphere": providerJSON(schemas, identities)},
	})
}

// problems turns diagnostics of either severity into an error, because a schema must not cause warnings.
func problems(diagnostics []*tfprotov6.Diagnostic) (err error) {
	for _, d := range diagnostics {
		err = errors.Join(err, fmt.Errorf("%s: %s", d.Summary, d.Detail))
	}
	return err
}
