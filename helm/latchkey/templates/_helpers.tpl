{{/* The chart's name. */}}
{{- define "latchkey.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* The name of everything that belongs to this release. */}}
{{- define "latchkey.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else if contains (include "latchkey.name" .) .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "latchkey.name" .) | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* What selects pods; never changes over the life of a release. */}}
{{- define "latchkey.selectorLabels" -}}
app.kubernetes.io/name: {{ include "latchkey.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "latchkey.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "latchkey.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "latchkey.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "latchkey.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "latchkey.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{/* The name that the server's certificate holds. */}}
{{- define "latchkey.serverName" -}}
{{- default (printf "%s.%s.svc" (include "latchkey.fullname" .) .Release.Namespace) .Values.tls.serverName }}
{{- end }}

{{- define "latchkey.policyConfigMap" -}}
{{- default (printf "%s-policy" (include "latchkey.fullname" .)) .Values.policy.existingConfigMap }}
{{- end }}

{{/* Yes where the policy is mounted instead of the image's own. */}}
{{- define "latchkey.mountsPolicy" -}}
{{- if or .Values.policy.text .Values.policy.existingConfigMap }}yes{{ end }}
{{- end }}

{{- define "latchkey.replicasMax" -}}
{{- if .Values.autoscaling.enabled }}{{ .Values.autoscaling.maxReplicas }}{{ else }}{{ .Values.replicaCount }}{{ end }}
{{- end }}

{{/* What cannot work is said before anything is installed. */}}
{{- define "latchkey.check" -}}
{{- $many := gt (int (include "latchkey.replicasMax" .)) 1 }}
{{- if and $many (eq .Values.store "memory") }}
{{- fail "store: memory is kept by one pod; set store to a Redis URL, or replicaCount to 1 without autoscaling" }}
{{- end }}
{{- if and (ne .Values.store "memory") (not .Values.keyRing.existingSecret) }}
{{- fail "keyRing.existingSecret: pods that share a store need one key ring (docs/configuration.md says how to make one)" }}
{{- end }}
{{- if and (not .Values.insecure) (not .Values.tls.existingSecret) }}
{{- fail "tls.existingSecret: latchkeyd listens beyond its pod with TLS only; name a secret, or set insecure=true to try out" }}
{{- end }}
{{- if and (not .Values.insecure) (not .Values.apiKeys.existingSecret) }}
{{- fail "apiKeys.existingSecret: latchkeyd needs to know its callers; name a secret, or set insecure=true to try out" }}
{{- end }}
{{- if regexMatch "^rediss?([+-](cluster|sentinel))?://[^/@]*:[^/@]+@" .Values.store }}
{{- fail "store: holds a password; put it into a secret and name it in redis.passwordSecret" }}
{{- end }}
{{- end }}

{{/* latchkeyd's settings: what the chart sets itself over what `config` says. */}}
{{- define "latchkey.config" -}}
{{- $own := dict
      "listen" (printf "0.0.0.0:%v" .Values.service.port)
      "environment" .Values.environment
      "store" .Values.store
      "data_dir" "/var/lib/latchkey"
      "ready_file" "/tmp/ready"
      "insecure" (toString .Values.insecure)
      "policy" (dict "source" .Values.policy.source
                     "file" (ternary "/etc/latchkey/policy/policy.yaml" "/etc/latchkey/policies/default.yaml"
                                     (eq (include "latchkey.mountsPolicy" .) "yes"))) }}
{{- if .Values.metrics.enabled }}
{{- $_ := set $own "metrics_listen" (printf "0.0.0.0:%v" .Values.metrics.port) }}
{{- end }}
{{- if .Values.tls.existingSecret }}
{{- $tls := dict "certificate" "/etc/latchkey/tls/tls.crt" "private_key" "/etc/latchkey/tls/tls.key" }}
{{- if .Values.tls.clientCaSecret.name }}
{{- $_ := set $tls "client_ca" (printf "/etc/latchkey/client-ca/%s" .Values.tls.clientCaSecret.key) }}
{{- end }}
{{- $_ := set $own "tls" $tls }}
{{- end }}
{{- if .Values.apiKeys.existingSecret }}
{{- $_ := set $own "api_keys" (printf "/etc/latchkey/callers/%s" .Values.apiKeys.key) }}
{{- end }}
{{- if .Values.keyRing.existingSecret }}
{{- $_ := set $own "key_ring" (printf "/etc/latchkey/key-ring/%s" .Values.keyRing.key) }}
{{- end }}
{{- $redis := dict }}
{{- if .Values.redis.passwordSecret.name }}
{{- $_ := set $redis "password_file" (printf "/etc/latchkey/redis-password/%s" .Values.redis.passwordSecret.key) }}
{{- end }}
{{- if .Values.redis.caSecret.name }}
{{- $_ := set $redis "ca_file" (printf "/etc/latchkey/redis-ca/%s" .Values.redis.caSecret.key) }}
{{- end }}
{{- if $redis }}
{{- $_ := set $own "redis" $redis }}
{{- end }}
{{- mergeOverwrite (deepCopy .Values.config) $own | toYaml }}
{{- end }}
