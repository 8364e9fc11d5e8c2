module go-k8s

go 1.19
