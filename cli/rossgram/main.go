// Command rossgram is a photo network's node and its command line.
package main

import (
	"os"

	"rossgram.app/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
