{{/* The pod, the same for the Deployment and the StatefulSet. */}}
{{- define "latchkey.pod" -}}
metadata:
  annotations:
    # Of the settings only: a changed policy is picked up without a restart.
    checksum/config: {{ include "latchkey.config" . | sha256sum }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  labels:
    {{- include "latchkey.labels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  serviceAccountName: {{ include "latchkey.serviceAccountName" . }}
  automountServiceAccountToken: false
  securityContext:
    {{- toYaml .Values.podSecurityContext | nindent 4 }}
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  {{- if .Values.tls.existingSecret }}
  # The readiness probe asks by the name that the certificate holds.
  hostAliases:
    - ip: 127.0.0.1
      hostnames:
        - {{ include "latchkey.serverName" . }}
  {{- end }}
  containers:
    - name: latchkeyd
      image: {{ include "latchkey.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args: ["--config", "/etc/latchkey/config/latchkey.yaml"]
      securityContext:
        {{- toYaml .Values.securityContext | nindent 8 }}
      {{- with .Values.extraEnv }}
      env:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        - name: grpc
          containerPort: {{ .Values.service.port }}
        {{- if .Values.metrics.enabled }}
        - name: metrics
          containerPort: {{ .Values.metrics.port }}
        {{- end }}
      startupProbe:
        tcpSocket:
          port: grpc
        {{- toYaml .Values.probes.startup | nindent 8 }}
      # The port alone: neither Redis nor a drain makes Kubernetes restart a pod.
      livenessProbe:
        tcpSocket:
          port: grpc
        {{- toYaml .Values.probes.liveness | nindent 8 }}
      readinessProbe:
        {{- if .Values.tls.existingSecret }}
        # Kubernetes' own gRPC probe speaks no TLS.
        exec:
          command:
            - latchkey
            - health
            - --server={{ include "latchkey.serverName" . }}:{{ .Values.service.port }}
            - --tls-ca=/etc/latchkey/tls/ca.crt
            - --timeout={{ .Values.probes.readiness.timeoutSeconds }}s
        {{- else }}
        grpc:
          port: {{ .Values.service.port }}
        {{- end }}
        {{- toYaml .Values.probes.readiness | nindent 8 }}
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      volumeMounts:
        - name: config
          mountPath: /etc/latchkey/config
          readOnly: true
        {{- if include "latchkey.mountsPolicy" . }}
        # A folder, not a subPath: changes of the ConfigMap reach the pod.
        - name: policy
          mountPath: /etc/latchkey/policy
          readOnly: true
        {{- end }}
        - name: data
          mountPath: /var/lib/latchkey
        - name: tmp
          mountPath: /tmp
        {{- range $mount := include "latchkey.secrets" . | fromYamlArray }}
        - name: {{ $mount.name }}
          mountPath: /etc/latchkey/{{ $mount.name }}
          readOnly: true
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: config
      configMap:
        name: {{ include "latchkey.fullname" . }}
    {{- if include "latchkey.mountsPolicy" . }}
    - name: policy
      configMap:
        name: {{ include "latchkey.policyConfigMap" . }}
    {{- end }}
    {{- if not .Values.persistence.enabled }}
    - name: data
      emptyDir: {}
    {{- end }}
    - name: tmp
      emptyDir:
        sizeLimit: 16Mi
    {{- range $mount := include "latchkey.secrets" . | fromYamlArray }}
    - name: {{ $mount.name }}
      secret:
        secretName: {{ $mount.secret }}
        # Readable by the pod's group alone: latchkeyd refuses keys that others can read.
        defaultMode: 0440
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
{{- end }}

{{/* The secrets that are named, as [{name, secret}]; each is mounted at /etc/latchkey/<name>. */}}
{{- define "latchkey.secrets" -}}
{{- $secrets := list }}
{{- with .Values.tls.existingSecret }}{{ $secrets = append $secrets (dict "name" "tls" "secret" .) }}{{ end }}
{{- with .Values.tls.clientCaSecret.name }}{{ $secrets = append $secrets (dict "name" "client-ca" "secret" .) }}{{ end }}
{{- with .Values.apiKeys.existingSecret }}{{ $secrets = append $secrets (dict "name" "callers" "secret" .) }}{{ end }}
{{- with .Values.keyRing.existingSecret }}{{ $secrets = append $secrets (dict "name" "key-ring" "secret" .) }}{{ end }}
{{- with .Values.redis.passwordSecret.name }}{{ $secrets = append $secrets (dict "name" "redis-password" "secret" .) }}{{ end }}
{{- with .Values.redis.caSecret.name }}{{ $secrets = append $secrets (dict "name" "redis-ca" "secret" .) }}{{ end }}
{{- $secrets | toYaml }}
{{- end }}
